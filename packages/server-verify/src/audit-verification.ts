import { type ChainPosition, hashChainedLine, parseChainedLine } from './audit-chain.js'
import { ChainState } from './audit-chain-state.js'
import {
  type AuditCheckpoint,
  type CheckpointVerificationKey,
  createCheckpointTest,
  readCheckpoint,
} from './audit-checkpoint.js'
import type { AuditProblem } from './audit-problem.js'

/** What a log is held against. */
export interface AuditVerificationOptions {
  /** Checkpoints that were kept elsewhere, as parsed JSON; only they can show that the end of the log is missing. */
  readonly checkpoints?: Iterable<unknown> | undefined
  /** The key that checkpoints are signed with; without it their signatures are not looked at. */
  readonly key?: CheckpointVerificationKey | undefined
  /**
   * The input is a part of the log, for example one rotated file: chains may start in the middle, and nothing is said
   * of chains that are not in it. Default `false`.
   */
  readonly partial?: boolean | undefined
  /** Problems beyond this number are only counted. Default 1000. */
  readonly maxProblems?: number | undefined
}

/** One chain as it was found. */
export interface AuditChainSummary {
  readonly chain: string
  /** Numbers of the first and the last record. */
  readonly first: number
  readonly last: number
  readonly records: number
  /** A valid checkpoint vouches for the records up to this number; 0: none does. */
  readonly signedUpTo: number
  /** The process closed its log. `false`: it runs, it was ended by force, or the end was cut off. */
  readonly closed: boolean
}

/** The result. */
export interface AuditVerification {
  readonly ok: boolean
  readonly lines: number
  readonly records: number
  readonly chains: readonly AuditChainSummary[]
  readonly problems: readonly AuditProblem[]
  /** With those that `problems` has no room for. */
  readonly problemCount: number
}

/**
 * Verifies a log line by line, in memory that does not grow with it (but with the number of chains: one per process).
 * Several processes may have written to one file. It never throws for what the log says; `problems` tells what is
 * wrong with which record.
 *
 * @param lines without their newlines, in order; of a PostgreSQL sink `readPostgresAuditLines()`, of files
 *   `readAuditLines()`
 * @throws TypeError a key of a wrong kind
 *
 * @example
 * ```ts
 * import { readAuditLines, verifyAuditChain } from '@countersign/server-verify'
 *
 * const { ok, problems } = await verifyAuditChain(readAuditLines('audit.ndjson'))
 * for (const { line, kind, message } of problems) console.log(line, kind, message)
 * console.log(ok)
 * ```
 */
export async function verifyAuditChain(
  lines: Iterable<string> | AsyncIterable<string>,
  options: AuditVerificationOptions = {},
): Promise<AuditVerification> {
  const verification = new Verification(options)
  for await (const line of lines) verification.read(line)
  return verification.finish()
}

class Verification {
  readonly #chains = new Map<string, ChainState>()
  readonly #kept = new Map<string, Map<number, AuditCheckpoint>>()
  readonly #expected: ChainPosition[] = []
  readonly #problems: AuditProblem[] = []
  readonly #maxProblems: number
  readonly #partial: boolean
  readonly #isSigned: ((checkpoint: AuditCheckpoint) => boolean) | undefined
  #problemCount = 0
  #lines = 0
  #broken = false

  constructor({ checkpoints = [], key, partial, maxProblems }: AuditVerificationOptions) {
    this.#maxProblems = maxProblems ?? 1000
    this.#partial = partial ?? false
    this.#isSigned = key === undefined ? undefined : createCheckpointTest(key)
    let number = 0
    for (const value of checkpoints) this.#keep(value, ++number)
  }

  read(line: string): void {
    const number = ++this.#lines
    const brokenBefore = this.#broken
    this.#broken = false
    const record = parseChainedLine(line)
    if (record === undefined) {
      this.#broken = true
      this.#report(
        'not_a_record',
        number,
        undefined,
        'The line is no chained record: foreign, edited or torn.',
      )
      return
    }
    const intact = hashChainedLine(line) === record.hash
    if (!intact) {
      const message = `The bytes of record ${record.seq} are not those that its hash vouches for.`
      this.#report('edited', number, record, message)
      // Of a frame that cannot be believed only what fits is used.
      if (this.#chains.get(record.chain)?.isNext(record) !== true) {
        this.#broken = true
        return
      }
    }
    const state = this.#stateOf(record.chain)
    state.accept(record, number, intact, brokenBefore)
    if (intact && line.includes('"kind":"audit_')) this.#readNote(line, number, state)
  }

  finish(): AuditVerification {
    for (const [chain, kept] of this.#kept) {
      if (this.#chains.has(chain) || this.#partial) continue
      const last = Math.max(...kept.keys())
      const message = `The whole chain is missing: a checkpoint vouches for its record ${last}.`
      this.#report('cut', undefined, { chain, seq: 1 }, message)
    }
    const chains: AuditChainSummary[] = []
    for (const state of this.#chains.values()) {
      state.finish(this.#partial)
      const { chain, first, last, records, signedUpTo, closed } = state
      chains.push({ chain, first, last, records, signedUpTo, closed })
      if (this.#isSigned !== undefined && signedUpTo === 0)
        this.#report(
          'unsigned',
          undefined,
          { chain, seq: first },
          'No valid checkpoint vouches for this chain.',
        )
    }
    for (const { chain, seq } of this.#expected)
      this.#chains.get(chain)?.expectUpTo(seq, 'a later record of the same process')
    return {
      ok: this.#problemCount === 0,
      lines: this.#lines,
      records: chains.reduce((sum, { records }) => sum + records, 0),
      chains,
      problems: this.#problems,
      problemCount: this.#problemCount,
    }
  }

  #stateOf(chain: string): ChainState {
    let state = this.#chains.get(chain)
    if (state === undefined) {
      state = new ChainState(chain, this.#kept.get(chain) ?? new Map(), problem => this.#add(problem))
      this.#chains.set(chain, state)
    }
    return state
  }

  #keep(value: unknown, number: number): void {
    const checkpoint = readCheckpoint(value)
    if (checkpoint === undefined || this.#isSigned?.(checkpoint) === false) {
      const what = checkpoint === undefined ? 'has not the form of one' : 'is not signed with the key'
      this.#report('checkpoint_invalid', undefined, checkpoint, `Checkpoint ${number} of those kept ${what}.`)
      return
    }
    const kept = this.#kept.get(checkpoint.chain) ?? new Map<number, AuditCheckpoint>()
    this.#kept.set(checkpoint.chain, kept.set(checkpoint.seq, checkpoint))
  }

  /** A record that speaks of the chain itself. A quote inside a value is escaped, so no value can look like one. */
  #readNote(line: string, number: number, state: ChainState): void {
    const note = JSON.parse(line) as {
      kind?: unknown
      checkpoint?: unknown
      after?: ChainPosition | null
    } & ChainPosition & { prev: string }
    if (note.kind === 'audit_gap' && note.after != null) this.#expected.push(note.after)
    if (note.kind !== 'audit_checkpoint') return
    const checkpoint = readCheckpoint(note.checkpoint)
    const fits =
      checkpoint?.chain === note.chain && checkpoint.seq === note.seq - 1 && checkpoint.hash === note.prev
    if (!fits || this.#isSigned?.(checkpoint) === false) {
      const message = fits
        ? `The checkpoint in record ${note.seq} is not signed with the key.`
        : `The checkpoint in record ${note.seq} does not vouch for the record before it.`
      this.#report('checkpoint_invalid', number, note, message)
      return
    }
    if (this.#isSigned !== undefined) state.signedUpTo = Math.max(state.signedUpTo, checkpoint.seq)
    if (checkpoint.final) state.closed = true
  }

  #report(
    kind: AuditProblem['kind'],
    line: number | undefined,
    where: { readonly chain: string; readonly seq: number } | undefined,
    message: string,
  ): void {
    this.#add({ kind, line, chain: where?.chain, seq: where?.seq, message })
  }

  #add(problem: AuditProblem): void {
    this.#problemCount++
    if (this.#problems.length < this.#maxProblems) this.#problems.push(problem)
  }
}
