import { type Database, isSerializationConflict, type Queryable } from './database.js'
import { type Decision, decideItems, type Verdict } from './event-rules.js'
import type { RecordRequest } from './record-request.js'
import { claimOrders, loadKnownEvents } from './stored-knowledge.js'
import { insertEvents, saveOrders } from './verdict-writer.js'

/** One decision per item, in order. */
export interface RecordResult {
  /** ISO 8601, milliseconds. */
  readonly recordedAt: string
  readonly decisions: readonly Decision[]
  /** Orders that came into being. */
  readonly created: readonly string[]
}

/** How often a transaction is run again when another one was in its way. */
const MAX_ATTEMPTS = 5

/** Another connection recorded one of our event ids after we had looked: look again. */
class LostRaceError extends Error {}

/**
 * Records events: all items of a request in one transaction and in a fixed number of statements, however many items
 * there are. The rows of the orders are locked first, in byte order, so that requests that touch the same orders
 * queue up rather than deadlock; the unique event id decides between requests that name it for different orders.
 */
export async function recordEvents(
  database: Database,
  environment: string,
  request: RecordRequest,
): Promise<RecordResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.transaction(tx => recordOnce(tx, environment, request))
    } catch (error) {
      const again = error instanceof LostRaceError || isSerializationConflict(error)
      if (!again || attempt === MAX_ATTEMPTS) throw error
    }
  }
}

async function recordOnce(tx: Queryable, environment: string, request: RecordRequest): Promise<RecordResult> {
  const { partnerId, items } = request
  const recordedAt = new Date(request.nowMs).toISOString()
  const scope = { tx, environment, partnerId, recordedAt }
  const { orders, created } = await claimOrders(scope, items)
  const events = await loadKnownEvents(scope, items)
  const verdict = decideItems(items, { partnerId, recordedAt, orders, events, undecided: request.undecided })
  await write(scope, request, verdict, created)
  return {
    recordedAt,
    decisions: verdict.decisions,
    created: created.filter(orderId => verdict.heads.has(orderId)),
  }
}

async function write(
  scope: Parameters<typeof insertEvents>[0],
  request: RecordRequest,
  verdict: Verdict,
  created: readonly string[],
): Promise<void> {
  const wanted = verdict.decisions.filter(decision => decision.kind === 'recorded').length
  if (wanted > 0) {
    const inserted = await insertEvents(scope, request, verdict)
    if (inserted < wanted) throw new LostRaceError('An event id was recorded by another connection.')
  }
  await saveOrders(scope, request, verdict, created)
}
