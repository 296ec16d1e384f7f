import type { RowRecord } from './journal.js'
import type { Rejection } from './rejection.js'

const [ACCEPTED, REPLAYED, LATE, NO_CHANGE, REJECTED, NOTED] = [1, 2, 4, 8, 16, 32]

/** What an earlier attempt of a run found out about its rows. A byte a row, and the texts of the rejected ones. */
export class Decisions {
  #flags = new Uint8Array(1024)
  readonly #rejections = new Map<number, Rejection>()

  /** Takes in one record of a journal. */
  add(record: RowRecord): void {
    const { row, result, effect, replayed, code = '', detail = '', local } = record
    if (!Number.isSafeInteger(row) || row < 0) return
    while (row >= this.#flags.length) {
      const wider = new Uint8Array(this.#flags.length * 2)
      wider.set(this.#flags)
      this.#flags = wider
    }
    if (result === 'accepted') {
      this.#flags[row] =
        ACCEPTED |
        (replayed === true ? REPLAYED : 0) |
        (effect === 'late' ? LATE : effect === 'no_change' ? NO_CHANGE : 0)
    } else if (local === true || result === 'duplicate') this.#flags[row] = NOTED
    else {
      this.#flags[row] = REJECTED
      this.#rejections.set(row, { code, detail })
    }
  }

  /** The receipt of an accepted row, as far as it is counted. */
  receiptOf(row: number): { readonly effect: string; readonly replayed: boolean } | undefined {
    const flags = this.#flags[row] ?? 0
    if ((flags & ACCEPTED) === 0) return undefined
    const effect = (flags & LATE) !== 0 ? 'late' : (flags & NO_CHANGE) !== 0 ? 'no_change' : 'applied'
    return { effect, replayed: (flags & REPLAYED) !== 0 }
  }

  /** Why the platform rejected a row. */
  rejectionOf(row: number): Rejection | undefined {
    return this.#rejections.get(row)
  }

  /** Whether the journal has a line for the row already. */
  isNoted(row: number): boolean {
    return (this.#flags[row] ?? 0) !== 0
  }

  /** How many rows need not be sent again. */
  get count(): number {
    return this.#flags.reduce((sum, flags) => sum + ((flags & (ACCEPTED | REJECTED)) === 0 ? 0 : 1), 0)
  }
}
