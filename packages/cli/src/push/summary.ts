import type { ExitCode } from '../exit-code.js'

/** The one line that `--json` prints. `rows = accepted + duplicatesInFile + rejected + pending`. */
export interface PushSummary {
  readonly schema: 'partner-cli.summary/1'
  readonly runId: string
  readonly profile: string | null
  readonly environment: string | null
  /** Absent for a single push. */
  readonly file?: { readonly name: string; readonly bytes: number; readonly sha256: string }
  readonly dryRun: boolean
  /** RFC 3339, UTC. */
  readonly startedAt: string
  readonly finishedAt: string
  readonly rows: number
  /** Stored by the platform; `replayed`, `late` and `unchanged` count parts of it. */
  readonly accepted: number
  /** Known to the platform before: sent again without effect. */
  readonly replayed: number
  /** Stored, but older than the order's current status, which stays. */
  readonly late: number
  /** Stored, but the status was already the current one. */
  readonly unchanged: number
  /** Rows equal to an earlier row of the same input; not sent. */
  readonly duplicatesInFile: number
  readonly rejected: number
  /** Neither accepted nor rejected yet: run the same command again. */
  readonly pending: number
  /** Answers that asked to slow down (429). */
  readonly throttled: number
  readonly byCode: Readonly<Record<string, number>>
  /** Rows that were sent although something about them is worth knowing, by code. Absent when there are none. */
  readonly warnings?: Readonly<Record<string, number>>
  /** Rows of the counts above that an earlier attempt of this run decided; they were not sent again. Absent unless resumed. */
  readonly decidedEarlier?: number
  /** The run whose rows were sent again (`partner-cli retry`). */
  readonly retryOf?: string
  readonly rejectsFile: string | null
  /** Why the run ended early, if it did. */
  readonly error?: { readonly code: string; readonly message: string; readonly next?: string | undefined }
  readonly exitCode: ExitCode
  readonly resumable: boolean
}

const SHOWN_LINES = 5

/** Counts outcomes; the numbers of a {@link PushSummary}. */
export interface Tally {
  rows: number
  accepted: number
  replayed: number
  late: number
  unchanged: number
  duplicatesInFile: number
  rejected: number
  throttled: number
  /** By code: how often, and the first lines. */
  readonly rejects: Map<string, LineCount>
  readonly warnings: Map<string, LineCount>
  decidedEarlier: number
}

/** How often a code came up, where first, and one example of its detail. */
export interface LineCount {
  count: number
  detail: string
  /** Ascending, at most five. */
  lines: number[]
}

export function createTally(): Tally {
  return {
    rows: 0,
    accepted: 0,
    replayed: 0,
    late: 0,
    unchanged: 0,
    duplicatesInFile: 0,
    rejected: 0,
    throttled: 0,
    rejects: new Map(),
    warnings: new Map(),
    decidedEarlier: 0,
  }
}

/** Counts an accepted row by what its receipt says. */
export function countAccepted(
  tally: Tally,
  receipt: { readonly effect: string; readonly replayed: boolean },
): void {
  tally.accepted++
  if (receipt.replayed) tally.replayed++
  if (receipt.effect === 'late') tally.late++
  if (receipt.effect === 'no_change') tally.unchanged++
}

/** Counts a rejected row. Rows may come in any order; the example is that of the first line. */
export function countRejected(tally: Tally, code: string, detail: string, line: number): void {
  tally.rejected++
  countLine(tally.rejects, code, line, detail)
}

/** Counts one line under a code. */
export function countLine<Code extends string>(
  counts: Map<Code, LineCount>,
  code: Code,
  line: number,
  detail: string,
): void {
  const seen = counts.get(code) ?? { count: 0, detail, lines: [] }
  seen.count++
  if (line < (seen.lines[0] ?? Number.POSITIVE_INFINITY)) seen.detail = detail
  if (seen.lines.length < SHOWN_LINES || line < seen.lines.at(-1)!)
    seen.lines = [...seen.lines, line].sort((a, b) => a - b).slice(0, SHOWN_LINES)
  counts.set(code, seen)
}

/** Rows that are neither accepted, nor rejected, nor duplicates. */
export function countPending(tally: Tally): number {
  return tally.rows - tally.accepted - tally.duplicatesInFile - tally.rejected
}

/** Everything a summary says besides the counts. */
export type SummaryFacts = Pick<
  PushSummary,
  'runId' | 'profile' | 'environment' | 'dryRun' | 'startedAt' | 'finishedAt' | 'rejectsFile' | 'exitCode'
> &
  Partial<Pick<PushSummary, 'file' | 'error' | 'retryOf'>> & { readonly resumed?: boolean | undefined }

export function createSummary(tally: Tally, facts: SummaryFacts): PushSummary {
  const pending = countPending(tally)
  const { runId, profile, environment, file, dryRun, startedAt, finishedAt, rejectsFile, error, exitCode } =
    facts
  const { resumed = false, retryOf } = facts
  const byCode = [...tally.rejects].sort(([a, x], [b, y]) => y.count - x.count || a.localeCompare(b))
  return {
    schema: 'partner-cli.summary/1',
    runId,
    profile,
    environment,
    ...(file === undefined ? {} : { file }),
    dryRun,
    startedAt,
    finishedAt,
    rows: tally.rows,
    accepted: tally.accepted,
    replayed: tally.replayed,
    late: tally.late,
    unchanged: tally.unchanged,
    duplicatesInFile: tally.duplicatesInFile,
    rejected: tally.rejected,
    pending,
    throttled: tally.throttled,
    byCode: Object.fromEntries(byCode.map(([code, { count }]) => [code, count])),
    ...(tally.warnings.size === 0
      ? {}
      : { warnings: Object.fromEntries([...tally.warnings].map(([code, { count }]) => [code, count])) }),
    ...(resumed ? { decidedEarlier: tally.decidedEarlier } : {}),
    ...(retryOf === undefined ? {} : { retryOf }),
    rejectsFile,
    ...(error === undefined ? {} : { error }),
    exitCode,
    resumable: !dryRun && pending > 0,
  }
}
