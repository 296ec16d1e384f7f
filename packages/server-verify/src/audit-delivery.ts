import { AuditChain, type ChainPosition } from './audit-chain.js'
import type { AuditCheckpointNote, AuditEntry, AuditGap } from './audit-event.js'
import type { AuditSummary } from './audit-record.js'
import type { AuditSink } from './audit-sink.js'
import { DependencyError } from './errors.js'
import { isPending } from './pending.js'

/** What a request is told when its record cannot be written: 503, or nothing. */
export type SinkFailurePolicy = 'refuse' | 'continue'

/** How the log stands with its sink. */
export interface AuditStatus {
  /** `failing`: the last entry could not be written. `stalled`: one was waited for too long. */
  readonly state: 'writing' | 'stalled' | 'failing'
  /** Entries that the sink has not answered for yet. */
  readonly pending: number
  /** Entries that the sink refused, and those that were waited for in vain. */
  readonly failures: number
  /** Entries that are not in the log, at least. */
  readonly lost: number
}

/** Told when the log's state changes, and not for each entry. */
export interface AuditTrouble {
  /** `checkpoint_failed`: a checkpoint could not be written, or its copy not be kept; requests are not concerned. */
  readonly state: AuditStatus['state'] | 'checkpoint_failed'
  readonly policy: SinkFailurePolicy
  readonly lost: number
  /** What the sink said; `undefined` when it only took too long, or writes again. */
  readonly error: unknown
}

/** How entries are handed over. */
export interface DeliveryOptions {
  readonly policy: SinkFailurePolicy
  readonly maxWaitMs: number
  readonly maxPending: number
  readonly now: () => number
  readonly onTrouble: (trouble: AuditTrouble) => void
  /** After each entry that was handed over. */
  readonly onWritten: (position: ChainPosition) => void
}

/** Hands entries over to a sink, chained, and knows what to do when it is slow or fails. */
export class AuditDelivery {
  readonly #sink: AuditSink
  readonly #options: DeliveryOptions
  #chain = new AuditChain()
  #state: AuditStatus['state'] = 'writing'
  #pending = 0
  #failures = 0
  #lost = 0
  /** Not yet told in the log itself. */
  #lostSinceGap = 0
  #confirmed: ChainPosition | null = null
  #idle: (() => void)[] = []

  constructor(sink: AuditSink, options: DeliveryOptions) {
    this.#sink = sink
    this.#options = options
  }

  get status(): AuditStatus {
    return { state: this.#state, pending: this.#pending, failures: this.#failures, lost: this.#lost }
  }

  get head(): ChainPosition {
    return this.#chain.head
  }

  /**
   * An entry that a request answers for: the request waits while the sink is slow.
   *
   * @throws DependencyError `dependency_unavailable`, when the policy is to refuse
   */
  deliver(entry: AuditEntry, durable: boolean): void | Promise<void> {
    const { maxPending } = this.#options
    if (this.#state === 'stalled' || this.#pending >= maxPending) {
      // Nobody waits for a sink that others wait for in vain; what it still owes shows when it is well again.
      if (this.#options.policy === 'continue' && this.#pending < maxPending) this.tryDeliver(entry)
      else this.#lose()
      this.#failures++
      return this.#settle(undefined)
    }
    let written: void | Promise<void>
    try {
      written = this.#hand(entry, durable)
    } catch (error) {
      return this.#settle(error)
    }
    return isPending(written) ? this.#wait(written) : undefined
  }

  /** An entry that nobody answers for: never waits, never fails, and is left out when the sink is slow. */
  tryDeliver(entry: AuditEntry): void {
    if (this.#pending >= this.#options.maxPending) {
      this.#lose()
      return
    }
    try {
      const written = this.#hand(entry, false)
      if (isPending(written)) written.catch(() => undefined)
    } catch {
      // Counted, and told by `onTrouble`.
    }
  }

  /** A checkpoint's note. It comes right behind the record that it vouches for. Rejects as the sink does. */
  async writeNote(note: AuditCheckpointNote): Promise<void> {
    await this.#handNow(note, true)
  }

  /** The last things, before the log is closed. Rejects as the sink does. */
  async finish(summary: AuditSummary | undefined): Promise<void> {
    if (summary !== undefined) await this.#hand(summary, true)
    else if (this.#lostSinceGap > 0) this.#handGap()
    await this.settled()
  }

  /** Resolves when the sink has answered for everything. */
  settled(): Promise<void> {
    if (this.#pending === 0) return Promise.resolve()
    return new Promise(resolve => this.#idle.push(resolve))
  }

  #hand(entry: AuditEntry, durable: boolean): void | Promise<void> {
    try {
      if (this.#lostSinceGap > 0) this.#handGap()
    } catch (error) {
      this.#failures++
      this.#lose()
      throw error
    }
    return this.#handNow(entry, durable)
  }

  // The lines of a chain that failed are not repeated: whether they were kept nobody knows (a connection that broke
  // after the commit), and either is a chain without a hole. A new chain says where the old one was left.
  #handGap(): void {
    const lost = this.#lostSinceGap
    this.#lostSinceGap = 0
    const time = new Date(this.#options.now()).toISOString()
    const after = this.#chain.head.seq === 0 ? this.#confirmed : null
    const gap: AuditGap = { time, kind: 'audit_gap', lost, after }
    try {
      const written = this.#handNow(gap, false)
      if (isPending(written)) written.catch(() => (this.#lostSinceGap += lost))
    } catch (error) {
      this.#lostSinceGap += lost
      throw error
    }
  }

  #handNow(entry: AuditEntry, durable: boolean): void | Promise<void> {
    const chain = this.#chain
    const line = chain.link(entry)
    const position = chain.head
    let written: void | Promise<void>
    try {
      written = this.#sink.write(entry, line, durable)
    } catch (error) {
      this.#fail(chain, entry, error)
      throw error
    }
    if (!isPending(written)) {
      this.#succeed(position)
      return
    }
    this.#pending++
    return written.then(
      () => {
        this.#answered()
        this.#succeed(position)
      },
      error => {
        this.#answered()
        this.#fail(chain, entry, error)
        throw error
      },
    )
  }

  async #wait(written: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>(resolve => {
      timer = setTimeout(resolve, this.#options.maxWaitMs, 'late')
    })
    try {
      if ((await Promise.race([written, late])) !== 'late') return
    } catch (error) {
      return this.#settle(error)
    } finally {
      clearTimeout(timer)
    }
    written.catch(() => undefined)
    this.#failures++
    this.#enter('stalled', undefined)
    this.#settle(undefined)
  }

  #settle(cause: unknown): void {
    if (this.#options.policy === 'continue') return
    throw new DependencyError('dependency_unavailable', { dependency: 'audit log', cause })
  }

  #succeed(position: ChainPosition): void {
    this.#confirmed = position
    this.#enter('writing', undefined)
    this.#options.onWritten(position)
  }

  #fail(chain: AuditChain, entry: AuditEntry, error: unknown): void {
    // What a gap has to tell is told by the next one.
    if (!('kind' in entry && entry.kind === 'audit_gap')) {
      this.#failures++
      this.#lose()
    }
    if (chain === this.#chain) this.#chain = new AuditChain()
    this.#enter('failing', error)
  }

  #lose(): void {
    this.#lost++
    this.#lostSinceGap++
  }

  #answered(): void {
    this.#pending--
    if (this.#pending === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #enter(state: AuditStatus['state'], error: unknown): void {
    if (this.#state === state) return
    this.#state = state
    this.#options.onTrouble({ state, policy: this.#options.policy, lost: this.#lost, error })
  }
}
