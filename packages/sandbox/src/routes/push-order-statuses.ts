import { ApiProblem, type ApiProblemBody } from '../api-problem.js'
import { eventInvalid, refusedItem } from '../event-problems.js'
import type { Decision, EventItem } from '../event-rules.js'
import { recordEvents } from '../event-store.js'
import { Fields } from '../fields.js'
import { createEventDigest } from '../order-event.js'
import { isEventId, parseEvent } from '../parse-event.js'
import type { JsonValue } from '../strict-json.js'
import type { ApiContext } from './api-context.js'
import type { PartnerHandler } from './partner-route.js'
import { createReceipt, type Receipt } from './receipt.js'
import { readDocument } from './request-document.js'
import { readQuery } from './request-query.js'

/** Items of one batch. */
export const MAX_ITEMS = 500

interface ItemResult {
  readonly eventId: string | null
  readonly status: number
  readonly receipt?: Receipt
  readonly problem?: ApiProblemBody
}

/** One item, read: either an event to decide on, or what is wrong with it. */
type ReadItem = { readonly eventId: string | null } & (
  | { readonly item: EventItem }
  | { readonly problem: ApiProblem }
)

/** `POST /v1/order-statuses`: `{ items: 1..500 }` → 200, one result per item in the same order. */
export function pushOrderStatuses({
  database,
  environment,
  chaos,
  now,
  onOrdersCreated,
}: ApiContext): PartnerHandler {
  return async ({ caller, body }) => {
    readQuery(caller.target.query, [])
    const { partnerId, credentialId, requestId, bodySha256 } = caller
    const nowMs = now()
    const read = readItems(readDocument(body)).map((value, index) => readItem(value, index, nowMs))
    const items = read.flatMap(entry => ('item' in entry ? entry.item : []))
    const undecided = chaos.nextUndecided(items.length)
    const request = { partnerId, credentialId, requestId, bodySha256, nowMs, items, undecided }
    const outcome =
      items.length === 0
        ? { recordedAt: '', decisions: [], created: [] }
        : await recordEvents(database, environment, request)

    onOrdersCreated?.(partnerId, outcome.created, outcome.recordedAt)
    const decisions = outcome.decisions.values()
    const results = read.map((entry, index) => {
      if ('problem' in entry) return refuse(entry.eventId, entry.problem, requestId)
      return answer(entry.item, decisions.next().value!, outcome.recordedAt, { index, requestId })
    })
    return { status: 200, body: { results } }
  }
}

function readItems(document: JsonValue): readonly JsonValue[] {
  const envelope = new Fields(document, '', ['items'])
  const items = envelope.take('items', true)
  if (items !== undefined && !(Array.isArray(items) && items.length >= 1 && items.length <= MAX_ITEMS))
    envelope.fault('items', 'type', `This must be an array of 1 to ${MAX_ITEMS} events.`)
  if (envelope.errors.length > 0)
    throw new ApiProblem(
      'batch_invalid',
      `The body must be {"items": […]} with 1 to ${MAX_ITEMS} events and nothing else.`,
      envelope.errors,
    )
  return items as readonly JsonValue[]
}

function readItem(value: JsonValue, index: number, nowMs: number): ReadItem {
  const parsed = parseEvent(value, { pointer: `/items/${index}`, nowMs })
  if ('event' in parsed) {
    const { event } = parsed
    return { eventId: event.eventId, item: { event, digest: createEventDigest(event) } }
  }
  return { eventId: eventIdOf(value), problem: eventInvalid(parsed.errors) }
}

function eventIdOf(value: JsonValue): string | null {
  const eventId =
    value !== null && typeof value === 'object' && 'eventId' in value ? value.eventId : undefined
  return isEventId(eventId) ? eventId : null
}

function answer(
  item: EventItem,
  decision: Decision,
  recordedAt: string,
  { index, requestId }: { readonly index: number; readonly requestId: string },
): ItemResult {
  const { eventId } = item.event
  return decision.kind === 'refused'
    ? refuse(eventId, refusedItem(decision.code, item, `/items/${index}`), requestId)
    : { eventId, status: 202, receipt: createReceipt(item.event, decision, recordedAt) }
}

function refuse(eventId: string | null, problem: ApiProblem, requestId: string): ItemResult {
  return { eventId, status: problem.status, problem: problem.toBody(requestId) }
}
