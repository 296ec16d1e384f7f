import { type Context, IMPATIENT_ATTEMPTS } from '../../context.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { formatTable } from '../../table.js'
import type { ShowEventOptions } from './command.js'

/** `events show` */
export async function runShowEvent(context: Context, { eventId }: ShowEventOptions): Promise<ExitCode> {
  const client = await context.client(IMPATIENT_ATTEMPTS)
  const proof = await client.events.get(eventId, { signal: context.signal })
  const { event, receipt, requestId, credentialId, bodySha256 } = proof
  await context.output.result(proof, () =>
    formatTable([
      ['event', event.eventId],
      ['order', event.orderId],
      ['status', `${event.status} at ${event.occurredAt}`],
      ['effect', receipt.effect],
      ['recorded', event.recordedAt],
      ...(event.supersededBy === undefined ? [] : [['superseded by', event.supersededBy]]),
      ['request', requestId],
      ['signed by', credentialId],
      ['body SHA-256', bodySha256],
    ]),
  )
  return EXIT.ok
}
