import { type CheckpointOptions, CheckpointSchedule } from './audit-checkpoints.js'
import {
  AuditDelivery,
  type AuditStatus,
  type AuditTrouble,
  type SinkFailurePolicy,
} from './audit-delivery.js'
import type { AuditBlockEvent } from './audit-event.js'
import type { AuditRecord, AuditSummary } from './audit-record.js'
import type { AuditSink } from './audit-sink.js'
import { printAuditTrouble } from './audit-trouble.js'

/** What the verifier writes to. */
export interface AuditLog {
  /** An authenticated caller's request: each is written. What it throws or rejects with refuses the request. */
  record(record: AuditRecord): void | Promise<void>
  /** A request of nobody we know: counted, and a few per interval are written. Never makes anyone wait. */
  recordUnauthenticated(record: AuditRecord, now: number): void
  /** An address was blocked or let in again. Never makes anyone wait. */
  recordEvent?(event: AuditBlockEvent): void
  /** How it stands with the sink. */
  readonly status?: AuditStatus
  /** Writes the running summary and the last checkpoint, and closes the sink. */
  close(): Promise<void>
}

/** A log as `createAuditLog` makes it. */
export type ChainedAuditLog = Required<AuditLog>

/** How a log is written. */
export interface AuditLogOptions {
  /** How many unauthenticated requests are written in full, per interval. Default 10. */
  readonly unauthenticatedSamples?: number | undefined
  /** Default 10. */
  readonly intervalSeconds?: number | undefined
  /** Signs the chain from time to time. Default: no checkpoints. */
  readonly checkpoints?: CheckpointOptions | undefined
  /**
   * When a record cannot be written: `refuse` answers 503 `dependency_unavailable`, `continue` lets the request pass.
   * Both are counted, told to `onTrouble`, and leave an `audit_gap` in the log once it can be written again.
   * Default `refuse`.
   */
  readonly onSinkFailure?: SinkFailurePolicy | undefined
  /** How long a request waits for a slow sink; then it is as if the sink had failed. Default 2000. */
  readonly maxWaitMs?: number | undefined
  /** How many entries may be on their way to a slow sink; from there on it is as if it had failed. Default 10,000. */
  readonly maxPending?: number | undefined
  /** Told when the sink fails, stalls, and works again. Default: one line on stderr each. */
  readonly onTrouble?: ((trouble: AuditTrouble) => void) | undefined
  /** The clock of the log's own entries, ms since epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/**
 * Makes an audit log: every authenticated outcome is a record; of the others the first few of an interval are, and one
 * summary with the counts follows, so that a flood of bad requests is no flood of the disk. Every line is linked to the
 * one before (`verifyAuditChain` finds what was changed).
 *
 * @throws TypeError a checkpoint key of a wrong kind
 *
 * @example
 * ```ts
 * import { createAuditLog, createNdjsonSink } from '@countersign/server-verify'
 *
 * const audit = createAuditLog(createNdjsonSink(process.stdout), { onSinkFailure: 'refuse' })
 * await audit.close()
 * ```
 */
export function createAuditLog(sink: AuditSink, options: AuditLogOptions = {}): ChainedAuditLog {
  return new SampledAuditLog(sink, options)
}

class SampledAuditLog implements ChainedAuditLog {
  readonly #sink: AuditSink
  readonly #delivery: AuditDelivery
  readonly #checkpoints: CheckpointSchedule | undefined
  readonly #samples: number
  readonly #intervalMs: number
  readonly #counts = new Map<string, number>()
  #since: number | undefined
  #sampled = 0
  #lastSeen = 0
  #closing: Promise<void> | undefined

  constructor(sink: AuditSink, options: AuditLogOptions) {
    const { now = Date.now, onTrouble = printAuditTrouble, onSinkFailure: policy = 'refuse' } = options
    this.#sink = sink
    this.#samples = options.unauthenticatedSamples ?? 10
    this.#intervalMs = (options.intervalSeconds ?? 10) * 1000
    const delivery = new AuditDelivery(sink, {
      policy,
      maxWaitMs: options.maxWaitMs ?? 2000,
      maxPending: options.maxPending ?? 10_000,
      now,
      onTrouble,
      onWritten: position => this.#checkpoints?.written(position),
    })
    this.#delivery = delivery
    this.#checkpoints =
      options.checkpoints &&
      new CheckpointSchedule(options.checkpoints, {
        get head() {
          return delivery.head
        },
        write: note => delivery.writeNote(note),
        failed: error => onTrouble({ state: 'checkpoint_failed', policy, lost: delivery.status.lost, error }),
        now,
      })
  }

  get status(): AuditStatus {
    return this.#delivery.status
  }

  record(record: AuditRecord): void | Promise<void> {
    return this.#delivery.deliver(record, record.evidence !== undefined)
  }

  recordUnauthenticated(record: AuditRecord, now: number): void {
    if (this.#count(record.outcome, now)) this.#delivery.tryDeliver(record)
  }

  recordEvent(event: AuditBlockEvent): void {
    if (this.#count(event.kind, Date.parse(event.time))) this.#delivery.tryDeliver(event)
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  /** @returns whether it is one of the few that are written in full */
  #count(outcome: string, now: number): boolean {
    if (this.#since !== undefined && now - this.#since >= this.#intervalMs)
      this.#delivery.tryDeliver(this.#takeSummary(this.#since))
    this.#since ??= now
    this.#lastSeen = now
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1)
    return this.#sampled++ < this.#samples
  }

  #takeSummary(since: number): AuditSummary {
    const summary: AuditSummary = {
      time: new Date(this.#lastSeen).toISOString(),
      kind: 'unauthenticated_summary',
      since: new Date(since).toISOString(),
      refused: Object.fromEntries(this.#counts),
    }
    this.#counts.clear()
    this.#since = undefined
    this.#sampled = 0
    return summary
  }

  async #close(): Promise<void> {
    try {
      const summary = this.#since === undefined ? undefined : this.#takeSummary(this.#since)
      await this.#delivery.finish(summary)
      await this.#checkpoints?.make(true)
    } finally {
      await this.#sink.close?.()
    }
  }
}
