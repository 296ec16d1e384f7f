import { ApiProblem } from '../api-problem.js'
import { findEvent } from '../order-reader.js'
import { isEventId } from '../parse-event.js'
import type { ApiContext } from './api-context.js'
import type { PartnerHandler } from './partner-route.js'
import type { Receipt } from './receipt.js'
import { readQuery } from './request-query.js'

/** `GET /v1/events/{eventId}`: the proof that an event was received. */
export function getEvent({ database, environment }: ApiContext): PartnerHandler {
  return async ({ caller, parameters }) => {
    readQuery(caller.target.query, [])
    const eventId = parameters['eventId']
    const proof = isEventId(eventId)
      ? await findEvent(database, environment, caller.partnerId, eventId)
      : undefined
    if (proof === undefined)
      throw new ApiProblem('event_not_found', 'This partner has no event with this id.')
    const { event, statusAfter, requestId, credentialId, bodySha256 } = proof
    const receipt: Receipt = {
      eventId: event.eventId,
      orderId: event.orderId,
      effect: event.effect,
      replayed: false,
      recordedAt: event.recordedAt,
      currentStatus: statusAfter,
    }
    return { status: 200, body: { event, receipt, requestId, credentialId, bodySha256 } }
  }
}
