import type { OrderStatusEvent, PartnerClient } from '@countersign/sdk'
import { CliError } from '../errors.js'
import { EXIT } from '../exit-code.js'
import { isPartnerFailure, toCliError } from '../failure.js'
import type { Decisions } from './decisions.js'
import type { InputRow } from './input-row.js'
import type { Ledger, PlacedRow } from './ledger.js'
import { Pacer } from './pacer.js'
import type { Plan } from './plan.js'
import { describeRefusal } from './rejection.js'

/** Pending because of another row, whose outcome says why. */
const CONSEQUENCES: ReadonlySet<string> = new Set(['order_held_back', 'push_stopped'])

export interface SendOptions {
  readonly batchSize: number
  readonly concurrency: number
  /** Rows a second. */
  readonly rate: number | undefined
  /** What the first reading found out about each row. */
  readonly plan: Plan
  /** What an earlier attempt of this run decided. */
  readonly earlier: Decisions | undefined
  /** Why nothing more may be sent: too many rejects. */
  readonly findLimit: () => CliError | undefined
  readonly signal: AbortSignal
}

/**
 * Sends rows through the sdk and takes down what becomes of each. Memory holds the rows that are under way, no others.
 * Rows whose outcome never came stay pending: neither accepted nor rejected.
 *
 * @returns why rows stayed pending, if any did
 */
export async function sendRows(
  client: PartnerClient,
  rows: AsyncIterable<InputRow>,
  ledger: Ledger,
  options: SendOptions,
): Promise<CliError | undefined> {
  const { batchSize, concurrency, rate, plan, earlier, findLimit, signal } = options
  const pacer = rate === undefined ? undefined : new Pacer(rate, batchSize)
  const underWay = new Map<number, PlacedRow>()
  const stop = new AbortController()
  const stopped = AbortSignal.any([signal, stop.signal])
  let failure: CliError | undefined
  let next = 0

  const checkLimit = (): void => {
    const limit = failure === undefined ? findLimit() : undefined
    if (limit === undefined) return
    failure = limit
    stop.abort(limit)
  }

  async function* updates(): AsyncGenerator<OrderStatusEvent> {
    let index = -1
    for await (const row of rows) {
      if (stopped.aborted) return
      const placed = { row, index: ++index }
      if (await settleEarlier(placed, earlier, ledger)) continue
      const verdict = plan.judge(row, index)
      if (verdict === 'duplicate') await ledger.duplicate(placed)
      else if (verdict !== undefined) {
        await ledger.rejected(placed, verdict, true)
        checkLimit()
      } else {
        await pacer?.take(stopped)
        underWay.set(next++, placed)
        // The sdk validates: whatever stood in the row may stand here.
        yield row.update as unknown as OrderStatusEvent
      }
    }
  }

  try {
    const outcomes = client.orders.pushStatuses(updates(), {
      batchSize,
      concurrency,
      signal: stopped,
      onThrottled: () => ledger.throttled(),
    })
    for await (const outcome of outcomes) {
      const placed = underWay.get(outcome.index)
      if (placed === undefined)
        throw new Error(`The sdk reported row ${outcome.index}, which is not under way.`)
      underWay.delete(outcome.index)
      const { update = {}, nameOf } = placed.row
      switch (outcome.result) {
        case 'accepted':
          await ledger.accepted(placed, outcome.receipt)
          break
        case 'rejected':
          await ledger.rejected(placed, describeRefusal(outcome.problem, update, nameOf), false)
          checkLimit()
          break
        case 'duplicate':
          await ledger.duplicate(placed)
          break
        case 'pending': {
          await ledger.pending(placed, outcome.error.code)
          if (CONSEQUENCES.has(outcome.error.code)) break
          failure = moreSevere(failure, toCliError(outcome.error))
          // Further rows would meet the same wall, each after all its attempts.
          if (failure.exitCode !== EXIT.temporary || outcome.error.name === 'ConnectionError')
            stop.abort(failure)
          break
        }
      }
    }
  } catch (error) {
    if (signal.aborted) return toFailure(signal.reason)
    if (error === stop.signal.reason) return failure
    return moreSevere(failure, toFailure(error))
  }
  return signal.aborted ? toFailure(signal.reason) : failure
}

/** @returns whether an earlier attempt decided the row */
async function settleEarlier(
  placed: PlacedRow,
  earlier: Decisions | undefined,
  ledger: Ledger,
): Promise<boolean> {
  const receipt = earlier?.receiptOf(placed.index)
  if (receipt !== undefined) {
    await ledger.acceptedEarlier(placed, receipt)
    return true
  }
  const rejection = earlier?.rejectionOf(placed.index)
  if (rejection !== undefined) await ledger.rejectedEarlier(placed, rejection)
  return rejection !== undefined
}

function toFailure(error: unknown): CliError {
  if (error instanceof CliError) {
    // The same file was sound a moment ago.
    return error.exitCode === EXIT.input
      ? new CliError('file_changed', EXIT.temporary, 'The file changed while it was being sent.', {
          next: 'run the same command again when it is complete; what was accepted is not applied twice',
          cause: error,
        })
      : error
  }
  if (isPartnerFailure(error)) return toCliError(error)
  throw error
}

/** A temporary failure gives way to one that somebody has to do something about. */
function moreSevere(known: CliError | undefined, other: CliError): CliError {
  const givesWay = known?.exitCode === EXIT.temporary && other.exitCode !== EXIT.temporary
  return known === undefined || givesWay ? other : known
}
