import { ApiProblem } from '../api-problem.js'
import { eventInvalid, refusedItem } from '../event-problems.js'
import { recordEvents } from '../event-store.js'
import { createEventDigest } from '../order-event.js'
import { isOrderId, parseEvent } from '../parse-event.js'
import type { ApiContext } from './api-context.js'
import type { PartnerHandler } from './partner-route.js'
import { createReceipt } from './receipt.js'
import { readDocument } from './request-document.js'
import { readQuery } from './request-query.js'

/** `POST /v1/orders/{orderId}/statuses`: one event → 202 receipt. */
export function pushOrderStatus({ database, environment, now, onOrdersCreated }: ApiContext): PartnerHandler {
  return async ({ caller, body, parameters }) => {
    readQuery(caller.target.query, [])
    const nowMs = now()
    const orderId = readOrderId(parameters['orderId'])
    const parsed = parseEvent(readDocument(body), { pointer: '', orderId, nowMs })
    if ('errors' in parsed) throw eventInvalid(parsed.errors)
    const { event } = parsed
    if (event.orderId !== orderId) throw orderIdMismatch(orderId)
    const item = { event, digest: createEventDigest(event) }
    const { partnerId, credentialId, requestId, bodySha256 } = caller
    const { recordedAt, decisions, created } = await recordEvents(database, environment, {
      partnerId,
      credentialId,
      requestId,
      bodySha256,
      nowMs,
      items: [item],
    })
    onOrdersCreated?.(partnerId, created, recordedAt)
    const decision = decisions[0]!
    if (decision.kind === 'refused') throw refusedItem(decision.code, item, '')
    return { status: 202, body: createReceipt(event, decision, recordedAt) }
  }
}

function readOrderId(value: string | undefined): string {
  if (isOrderId(value)) return value
  const detail = 'The order id of the path must be 1 to 64 characters of A-Z a-z 0-9 . _ -.'
  throw new ApiProblem('event_invalid', detail, [{ parameter: 'orderId', code: 'format', detail }])
}

function orderIdMismatch(orderId: string): ApiProblem {
  const detail = `The path names the order ${orderId}, the body another one. Leave orderId out of the body, or make them equal.`
  return new ApiProblem('order_id_mismatch', detail, [
    { pointer: '/orderId', code: 'order_id_mismatch', detail },
  ])
}
