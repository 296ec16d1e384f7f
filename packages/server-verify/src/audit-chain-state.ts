import { CHAIN_START, type ChainedLine } from './audit-chain.js'
import type { AuditCheckpoint } from './audit-checkpoint.js'
import type { AuditProblem, AuditProblemKind } from './audit-problem.js'

/** A record that may be the last one so far. There are two while it is open which of them the next one follows. */
interface Tip {
  readonly line: number
  readonly hash: string
  /** Already reported: it does not matter that the next one does not follow it. */
  readonly broken: boolean
}

/** Records that were passed over, and may still come. */
interface Gap {
  readonly from: number
  readonly to: number
  /** What the first of them must follow. */
  readonly left: string
  /** What the last of them must be. */
  readonly right: string
  /** The line that made it visible. */
  readonly line: number
}

/** What is wrong with a record, and in words. */
type Fault = readonly [AuditProblemKind, string]

const COPY: Fault = ['duplicated', 'is a copy']
const SECOND: Fault = ['inserted', 'is a second record with this number']
const MAX_TIPS = 8
const MAX_GAPS = 256
const RECENT = 16

/** Follows one chain through a log, in memory that does not grow with it. */
export class ChainState {
  readonly chain: string
  records = 0
  first = 0
  last = 0
  /** A valid checkpoint vouches for everything up to this number. */
  signedUpTo = 0
  closed = false
  readonly #report: (problem: AuditProblem) => void
  readonly #kept: ReadonlyMap<number, AuditCheckpoint>
  #tips: Tip[] = [{ line: 0, hash: CHAIN_START, broken: false }]
  #gaps: Gap[] = []
  #recent: { readonly seq: number; readonly hash: string }[] = []

  constructor(
    chain: string,
    kept: ReadonlyMap<number, AuditCheckpoint>,
    report: (problem: AuditProblem) => void,
  ) {
    this.chain = chain
    this.#kept = kept
    this.#report = report
  }

  /** Whether a record with this frame would simply come next. */
  isNext(record: ChainedLine): boolean {
    return record.seq === this.last + 1 && this.#tips.some(tip => tip.hash === record.prev)
  }

  /** @param brokenBefore the line before it could not be read: it may have been the record that is missing */
  accept(record: ChainedLine, line: number, intact: boolean, brokenBefore: boolean): void {
    const fault = this.closed
      ? (['inserted', 'stands after the end of a closed chain'] as const)
      : this.#place(record, line, intact, brokenBefore)
    if (fault !== undefined) this.#tell(fault[0], line, record.seq, fault[1])
  }

  /** The log has ended. @param partial it may have started in the middle of the chain */
  finish(partial: boolean): void {
    this.#settle(undefined)
    for (const gap of this.#gaps) if (!partial || gap.from !== 1) this.#tellDropped(gap)
    let furthest = 0
    for (const seq of this.#kept.keys()) furthest = Math.max(furthest, seq)
    this.expectUpTo(furthest, 'a checkpoint')
  }

  /** Something vouches for the record with this number. */
  expectUpTo(seq: number, witness: string): void {
    if (seq <= this.last) return
    const missing = describe(this.last + 1, seq)
    this.#tell('cut', undefined, this.last + 1, `${missing} at the end: ${witness} vouches for record ${seq}`)
  }

  #place(record: ChainedLine, line: number, intact: boolean, brokenBefore: boolean): Fault | undefined {
    const { seq, hash, prev } = record
    this.records++
    if (this.first === 0) this.first = seq
    if (brokenBefore && seq === this.last + 2) {
      this.#settle(undefined)
      this.last++
      this.#tips = [{ line: line - 1, hash: prev, broken: true }]
    }
    if (seq < this.last) return this.#placeEarlier(record, line)
    if (seq === this.last) return this.#placeSecond(record, line)
    if (seq === this.last + 1) this.#settle(prev)
    else this.#openGap(record, line)
    this.last = seq
    this.#tips = [{ line, hash, broken: !intact }]
    this.#compareWithKept(record, line)
    this.#recent.push({ seq, hash })
    if (this.#recent.length > RECENT) this.#recent.shift()
    return seq === 1 && prev !== CHAIN_START ? ['edited', 'is the first and yet follows another'] : undefined
  }

  #openGap({ seq, prev }: ChainedLine, line: number): void {
    const [tip] = this.#tips
    this.#settle(undefined)
    if (this.#gaps.length === MAX_GAPS) this.#tellDropped(this.#gaps.shift()!)
    this.#gaps.push({ from: this.last + 1, to: seq - 1, left: tip!.hash, right: prev, line })
  }

  /** Decides which of the tips was the real one. @param prev the one that is followed; `undefined`: nobody knows */
  #settle(prev: string | undefined): void {
    const real = prev === undefined ? this.#tips[0]! : this.#tips.find(tip => tip.hash === prev)
    const [first] = this.#tips
    if (real === undefined && !first!.broken && first!.line > 0) {
      const next = this.last + 1
      this.#tell('edited', first!.line, this.last, `is not the record that number ${next} follows`)
    }
    for (const tip of this.#tips)
      if (tip !== (real ?? first)) this.#tell(SECOND[0], tip.line, this.last, SECOND[1])
  }

  #placeSecond({ hash }: ChainedLine, line: number): Fault | undefined {
    if (this.#tips.some(tip => tip.hash === hash)) return COPY
    if (this.#tips.length === MAX_TIPS) return SECOND
    this.#tips.push({ line, hash, broken: false })
    return undefined
  }

  #placeEarlier(record: ChainedLine, line: number): Fault {
    const { seq, hash, prev } = record
    const gap = this.#gaps.find(({ from, to }) => from <= seq && seq <= to)
    if (gap === undefined)
      return this.#recent.some(recent => recent.seq === seq && recent.hash === hash) ? COPY : SECOND
    if ((seq === gap.from && prev !== gap.left) || (seq === gap.to && hash !== gap.right))
      return ['inserted', 'does not fit between the records around it']
    this.#gaps = this.#gaps.filter(other => other !== gap)
    if (gap.from < seq) this.#gaps.push({ ...gap, to: seq - 1, right: prev })
    if (seq < gap.to) this.#gaps.push({ ...gap, from: seq + 1, left: hash })
    this.#compareWithKept(record, line)
    return ['reordered', `stands after the record with number ${this.last}`]
  }

  #compareWithKept({ seq, hash }: ChainedLine, line: number): void {
    const kept = this.#kept.get(seq)
    if (kept === undefined) return
    if (kept.hash === hash) this.signedUpTo = Math.max(this.signedUpTo, seq)
    else this.#tell('rewritten', line, seq, 'is not the one that a checkpoint vouches for')
  }

  #tellDropped({ from, to, line }: Gap): void {
    this.#tell('dropped', line, from, `${describe(from, to)} before this line`)
  }

  #tell(kind: AuditProblemKind, line: number | undefined, seq: number, what: string): void {
    const subject = kind === 'dropped' || kind === 'cut' ? '' : `Record ${seq} `
    this.#report({ kind, line, chain: this.chain, seq, message: `${subject}${what}.` })
  }
}

function describe(from: number, to: number): string {
  return from === to ? `Record ${from} is missing` : `Records ${from} to ${to} are missing`
}
