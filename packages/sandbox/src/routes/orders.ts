import { ApiProblem } from '../api-problem.js'
import { formatCursor, parseCursor } from '../cursor.js'
import { findOrder, listEvents, type OrderView } from '../order-reader.js'
import { isOrderId } from '../parse-event.js'
import type { ApiContext } from './api-context.js'
import type { PartnerHandler } from './partner-route.js'
import { queryInvalid, readQuery } from './request-query.js'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 200

/** `GET /v1/orders/{orderId}`: how an order stands. */
export function getOrder(api: ApiContext): PartnerHandler {
  return async ({ caller, parameters }) => {
    readQuery(caller.target.query, [])
    return { status: 200, body: await requireOrder(api, caller.partnerId, parameters['orderId']) }
  }
}

/** `GET /v1/orders/{orderId}/statuses`: its events, page by page. */
export function listOrderStatuses(api: ApiContext): PartnerHandler {
  return async ({ caller, parameters }) => {
    const query = readQuery(caller.target.query, ['cursor', 'limit'])
    const limit = readLimit(query.get('limit'))
    const afterArrival = readCursor(query.get('cursor'))
    const { orderId } = await requireOrder(api, caller.partnerId, parameters['orderId'])
    // One more than asked for tells whether there is a next page.
    const found = await listEvents(api.database, api.environment, orderId, { afterArrival, limit: limit + 1 })
    const page = found.slice(0, limit)
    const last = page.at(-1)
    const nextCursor = found.length > limit && last !== undefined ? formatCursor(last.arrival) : undefined
    return {
      status: 200,
      body: {
        orderId,
        events: page.map(entry => entry.event),
        ...(nextCursor === undefined ? {} : { nextCursor }),
      },
    }
  }
}

async function requireOrder(api: ApiContext, partnerId: string, orderId: unknown): Promise<OrderView> {
  const order = isOrderId(orderId)
    ? await findOrder(api.database, api.environment, partnerId, orderId)
    : undefined
  if (order === undefined) throw new ApiProblem('order_not_found', 'This partner has no order with this id.')
  return order
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT
  const limit = /^[1-9][0-9]{0,2}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > MAX_LIMIT)
    throw queryInvalid('limit', 'format', `limit must be a whole number from 1 to ${MAX_LIMIT}.`)
  return limit
}

function readCursor(text: string | undefined): number {
  if (text === undefined) return 0
  const arrival = parseCursor(text)
  if (arrival === undefined)
    throw queryInvalid('cursor', 'format', 'cursor must be the nextCursor of the page before, unchanged.')
  return arrival
}
