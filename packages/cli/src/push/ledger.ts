import type { Output } from '../output.js'
import type { InputRow } from './input-row.js'
import type { Journal, RowRecord } from './journal.js'
import type { Progress } from './progress.js'
import type { Rejection } from './rejection.js'
import type { RejectsFile } from './rejects.js'
import { countAccepted, countRejected, type Tally } from './summary.js'

/** What became of one row; with `--output ndjson` a line of the output. */
interface RowEvent {
  readonly line: number
  readonly orderId?: string | undefined
  readonly eventId?: string | undefined
  readonly result: 'accepted' | 'rejected' | 'duplicate' | 'pending'
}

/** A row and its place in the input, from 0. */
export interface PlacedRow {
  readonly row: InputRow
  readonly index: number
}

/** Takes down what becomes of every row: journal, counts, rejects file, progress bar, and the lines of `--output ndjson`. */
export interface Ledger {
  readonly tally: Tally
  accepted(row: PlacedRow, receipt: AcceptedReceipt): Promise<void>
  /** @param local found out here, without the platform */
  rejected(row: PlacedRow, rejection: Rejection, local: boolean): Promise<void>
  duplicate(row: PlacedRow): Promise<void>
  pending(row: PlacedRow, code: string): Promise<void>
  /** A row that an earlier attempt of the run decided. */
  acceptedEarlier(row: PlacedRow, receipt: Pick<AcceptedReceipt, 'effect' | 'replayed'>): Promise<void>
  rejectedEarlier(row: PlacedRow, rejection: Rejection): Promise<void>
  throttled(): void
}

/** Where a ledger writes. */
export interface LedgerParts {
  readonly tally: Tally
  readonly rejects: RejectsFile
  readonly output: Output
  readonly progress: Progress | undefined
  /** Absent when nothing is sent. */
  readonly journal?: Journal | undefined
  /** Whether an earlier attempt wrote the row down. */
  readonly isNoted?: ((index: number) => boolean) | undefined
}

/** The part of a receipt that is reported. */
export interface AcceptedReceipt {
  readonly orderId: string
  readonly eventId: string
  readonly effect: string
  readonly replayed: boolean
}

export function createLedger({ tally, rejects, output, progress, journal, isNoted }: LedgerParts): Ledger {
  let done = 0
  const note = async (
    { row }: PlacedRow,
    event: Omit<RowEvent, 'line'> & Record<string, unknown>,
  ): Promise<void> => {
    done++
    progress?.update({ done, total: tally.rows, throttled: tally.throttled })
    if (output.mode === 'ndjson') await output.event({ line: row.line, ...identify(row), ...event })
  }
  const record = ({ row, index }: PlacedRow, rest: Omit<RowRecord, 'type' | 'row' | 'line'>): void => {
    journal?.append({
      type: 'row',
      row: index,
      line: row.line,
      ...identify(row),
      ...rest,
    } satisfies RowRecord)
  }
  return {
    tally,
    async accepted(row, { orderId, eventId, effect, replayed }) {
      record(row, { orderId, eventId, result: 'accepted', effect, replayed })
      countAccepted(tally, { effect, replayed })
      await note(row, { orderId, eventId, result: 'accepted', effect, replayed })
    },
    async rejected(row, { code, detail }, local) {
      if (!local || isNoted?.(row.index) !== true)
        record(row, { result: 'rejected', code, detail, ...(local ? { local } : {}) })
      countRejected(tally, code, detail, row.row.line)
      await rejects.append(row.row, { code, detail })
      await note(row, { result: 'rejected', code, detail })
    },
    async duplicate(row) {
      if (isNoted?.(row.index) !== true) record(row, { result: 'duplicate' })
      tally.duplicatesInFile++
      await note(row, { result: 'duplicate' })
    },
    pending: (row, code) => note(row, { result: 'pending', code }),
    async acceptedEarlier(row, { effect, replayed }) {
      tally.decidedEarlier++
      countAccepted(tally, { effect, replayed })
      await note(row, { result: 'accepted', effect, replayed, earlier: true })
    },
    async rejectedEarlier(row, { code, detail }) {
      tally.decidedEarlier++
      countRejected(tally, code, detail, row.row.line)
      await rejects.append(row.row, { code, detail })
      await note(row, { result: 'rejected', code, detail, earlier: true })
    },
    throttled() {
      tally.throttled++
    },
  }
}

function identify({ update }: InputRow): { orderId?: string } {
  const orderId = update?.['orderId']
  return typeof orderId === 'string' ? { orderId } : {}
}
