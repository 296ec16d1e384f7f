import type { Order, RecordedEvent } from '@countersign/sdk'
import { type Context, IMPATIENT_ATTEMPTS } from '../../context.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import type { ShowOrderOptions } from './command.js'
import { waitForStatus } from './wait-for-status.js'

/** `orders show`: with `--output ndjson` an event a line and the order last. */
export async function runShowOrder(
  context: Context,
  { orderId, history, wait, waitFor }: ShowOrderOptions,
): Promise<ExitCode> {
  const { signal, output } = context
  const client = await context.client(IMPATIENT_ATTEMPTS)
  const order =
    wait === undefined
      ? await client.orders.get(orderId, { signal })
      : await waitForStatus(context, client, orderId, wait, waitFor)
  const events: RecordedEvent[] = []
  if (history) {
    for await (const event of client.orders.history(orderId, { signal })) {
      await output.event(event)
      events.push(event)
    }
  }
  const result = history && output.mode === 'json' ? { ...order, history: events } : order
  await output.result(result, () => [describeOrder(order), ...describeHistory(events)].join('\n'))
  return EXIT.ok
}

function describeOrder({ orderId, currentStatus, occurredAt, events, updatedAt }: Order): string {
  const count = `${events} ${events === 1 ? 'event' : 'events'}`
  return `${orderId} is ${currentStatus} since ${occurredAt} (${count}, last one recorded ${updatedAt})`
}

function describeHistory(events: readonly RecordedEvent[]): string[] {
  const width = Math.max(0, ...events.map(({ status }) => status.length))
  return events.map(({ occurredAt, status, effect, recordedAt, supersededBy, eventId }) => {
    const superseded = supersededBy === undefined ? '' : `  superseded by ${supersededBy}`
    return `  ${occurredAt}  ${status.padEnd(width)}  ${effect.padEnd(9)}  recorded ${recordedAt}  ${eventId}${superseded}`
  })
}
