import type { OrderStatusEvent, PartnerClient } from '@countersign/sdk'
import { CliError } from '../errors.js'
import { EXIT } from '../exit-code.js'
import { isPartnerFailure, toCliError } from '../failure.js'
import type { InputRow } from './input-row.js'
import type { Ledger } from './ledger.js'
import { describeRefusal } from './rejection.js'

/** Pending because of another row, whose outcome says why. */
const CONSEQUENCES: ReadonlySet<string> = new Set(['order_held_back', 'push_stopped'])

export interface SendOptions {
  readonly batchSize: number
  readonly concurrency: number
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
  { batchSize, concurrency, signal }: SendOptions,
): Promise<CliError | undefined> {
  const underWay = new Map<number, InputRow>()
  const stop = new AbortController()
  let failure: CliError | undefined
  let next = 0

  async function* updates(): AsyncGenerator<OrderStatusEvent> {
    for await (const row of rows) {
      if (row.fault !== undefined) {
        await ledger.rejected(row, row.fault)
      } else {
        underWay.set(next++, row)
        // The sdk validates: whatever stood in the row may stand here.
        yield row.update as unknown as OrderStatusEvent
      }
    }
  }

  try {
    const outcomes = client.orders.pushStatuses(updates(), {
      batchSize,
      concurrency,
      signal: AbortSignal.any([signal, stop.signal]),
      onThrottled: () => ledger.throttled(),
    })
    for await (const outcome of outcomes) {
      const row = underWay.get(outcome.index)
      if (row === undefined) throw new Error(`The sdk reported row ${outcome.index}, which is not under way.`)
      underWay.delete(outcome.index)
      switch (outcome.result) {
        case 'accepted':
          await ledger.accepted(row, outcome.receipt)
          break
        case 'rejected':
          await ledger.rejected(row, describeRefusal(outcome.problem, row.update ?? {}, row.nameOf))
          break
        case 'duplicate':
          await ledger.duplicate(row)
          break
        case 'pending': {
          await ledger.pending(row, outcome.error.code)
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
