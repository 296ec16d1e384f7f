import type { Output } from '../output.js'
import type { InputRow } from './input-row.js'
import type { Progress } from './progress.js'
import type { Rejection, RejectsFile } from './rejects.js'
import { countAccepted, countRejected, type Tally } from './summary.js'

/** What became of one row; with `--output ndjson` a line of the output. */
interface RowEvent {
  readonly line: number
  readonly orderId?: string | undefined
  readonly eventId?: string | undefined
  readonly result: 'accepted' | 'rejected' | 'duplicate' | 'pending'
}

/** Takes down what becomes of every row: counts, rejects file, progress bar, and the lines of `--output ndjson`. */
export interface Ledger {
  readonly tally: Tally
  accepted(row: InputRow, receipt: AcceptedReceipt): Promise<void>
  rejected(row: InputRow, rejection: Rejection): Promise<void>
  duplicate(row: InputRow): Promise<void>
  pending(row: InputRow, code: string): Promise<void>
  throttled(): void
}

/** The part of a receipt that is reported. */
export interface AcceptedReceipt {
  readonly orderId: string
  readonly eventId: string
  readonly effect: string
  readonly replayed: boolean
}

export function createLedger(
  tally: Tally,
  rejects: RejectsFile,
  output: Output,
  progress: Progress | undefined,
): Ledger {
  let done = 0
  const note = async (
    row: InputRow,
    event: Omit<RowEvent, 'line'> & Record<string, unknown>,
  ): Promise<void> => {
    done++
    progress?.update({ done, total: tally.rows, throttled: tally.throttled })
    if (output.mode === 'ndjson') await output.event({ line: row.line, ...identify(row), ...event })
  }
  return {
    tally,
    async accepted(row, { orderId, eventId, effect, replayed }) {
      countAccepted(tally, { effect, replayed })
      await note(row, { orderId, eventId, result: 'accepted', effect, replayed })
    },
    async rejected(row, { code, detail }) {
      countRejected(tally, code, detail, row.line)
      await rejects.append(row, { code, detail })
      await note(row, { result: 'rejected', code, detail })
    },
    async duplicate(row) {
      tally.duplicatesInFile++
      await note(row, { result: 'duplicate' })
    },
    pending: (row, code) => note(row, { result: 'pending', code }),
    throttled() {
      tally.throttled++
    },
  }
}

function identify({ update }: InputRow): { orderId?: string } {
  const orderId = update?.['orderId']
  return typeof orderId === 'string' ? { orderId } : {}
}
