import type { InputRow } from './input-row.js'
import type { Ledger } from './ledger.js'
import type { Plan } from './plan.js'

/** Takes down what is wrong with rows and sends nothing. Valid rows stay uncounted, as pending ones. */
export async function reportRows(
  rows: AsyncIterable<InputRow>,
  ledger: Ledger,
  plan: Plan,
  signal: AbortSignal,
): Promise<void> {
  let index = 0
  for await (const row of rows) {
    signal.throwIfAborted()
    const placed = { row, index: index++ }
    const verdict = plan.judge(row, placed.index)
    if (verdict === 'duplicate') await ledger.duplicate(placed)
    else if (verdict !== undefined) await ledger.rejected(placed, verdict, true)
  }
}
