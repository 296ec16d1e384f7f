import { hash } from 'node:crypto'
import type { NormalizedEvent } from './order-event.js'

const LABEL = 'countersign-event-v1'
const LENGTH = 32

/**
 * The event id of an event that brings none. It depends on what happened and on nothing else, so that the same row
 * sent twice is one event, and a corrected row is a new one:
 *
 * base64url of SHA-256 over the UTF-8 bytes of three parts joined by a line feed, cut to 32 characters:
 * 1. `countersign-event-v1`
 * 2. the environment (`live`, `sandbox`)
 * 3. the JSON of the normalised event (see `normalizeEvent`) without `eventId`: no white space, keys sorted by code unit
 *    in depth, arrays in their order, `occurredAt` as `yyyy-mm-ddThh:mm:ss.sssZ`, strings and numbers as ECMAScript's
 *    `JSON.stringify` writes them (nothing escaped but `"`, `\` and control characters).
 *
 * @example
 * ```ts
 * import { createEventId, normalizeEvent } from '@countersign/sdk'
 *
 * const event = normalizeEvent({ orderId: 'A-1001', status: 'shipped', occurredAt: '2026-11-21T23:30:40Z' })
 * console.log(createEventId('live', event).length) // 32
 * ```
 */
export function createEventId(environment: string, event: NormalizedEvent): string {
  const json = JSON.stringify(event, (key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const entries = Object.entries(value).filter(([name]) => key !== '' || name !== 'eventId')
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  })
  return hash('sha256', `${LABEL}\n${environment}\n${json}`, 'base64url').slice(0, LENGTH)
}
