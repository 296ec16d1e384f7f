import type { Chaos } from '../chaos.js'
import type { Database } from '../database.js'

/** What the routes work on. */
export interface ApiContext {
  readonly database: Database
  readonly environment: string
  readonly api: string
  readonly chaos: Chaos
  /** Told of orders that came into being. */
  readonly onOrdersCreated?:
    | ((partnerId: string, orderIds: readonly string[], createdAt: string) => void)
    | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}
