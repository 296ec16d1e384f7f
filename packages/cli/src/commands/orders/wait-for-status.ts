import { setTimeout as delay } from 'node:timers/promises'
import { ORDER_STATUSES, type Order, type PartnerClient, suggestStatus } from '@countersign/sdk'
import type { Context } from '../../context.js'
import { CliError } from '../../errors.js'
import { EXIT } from '../../exit-code.js'
import { isPartnerFailure } from '../../failure.js'

const DEFAULT_PATIENCE_MS = 10 * 60_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000

/**
 * Asks for an order until it has one of some statuses; more and more seldom. An order that is not there yet is waited for.
 *
 * @throws CliError `status_unknown` (exit 2), `wait_timeout` (exit 5)
 */
export async function waitForStatus(
  { signal }: Pick<Context, 'signal'>,
  client: PartnerClient,
  orderId: string,
  statuses: readonly string[],
  patienceMs: number = DEFAULT_PATIENCE_MS,
): Promise<Order> {
  for (const status of statuses) assertStatus(status)
  const until = performance.now() + patienceMs
  let last: string | undefined
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const order = await client.orders.get(orderId, { signal }).catch((error: unknown) => {
      if (isPartnerFailure(error) && error.code === 'order_not_found') return undefined
      throw error
    })
    if (order !== undefined && statuses.includes(order.currentStatus)) return order
    last = order?.currentStatus
    const leftMs = until - performance.now()
    if (leftMs <= 0) break
    await delay(Math.min(pauseMs, leftMs), undefined, { signal })
  }
  const stands = last === undefined ? 'is not known to the platform' : `is ${last}`
  throw new CliError('wait_timeout', EXIT.temporary, `${orderId} ${stands}, not ${statuses.join(' or ')}.`, {
    next: 'run the same command again, or wait longer with --wait-for',
  })
}

function assertStatus(status: string): void {
  if ((ORDER_STATUSES as readonly string[]).includes(status)) return
  const suggestion = suggestStatus(status)
  const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`
  throw new CliError('status_unknown', EXIT.usage, `${JSON.stringify(status)} is no status.${hint}`, {
    next: 'partner-cli statuses lists them all',
  })
}
