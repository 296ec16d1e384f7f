import type { NormalizedEvent } from '@countersign/sdk'
import { RecentMap } from './recent-map.js'

/** Something about a row that is worth knowing and no reason to reject it. */
export type WarningCode = 'out_of_order' | 'same_moment' | 'repeated_hour'

/** What each warning means, for people. */
export const WARNINGS: Readonly<Record<WarningCode, string>> = {
  out_of_order: 'older than an earlier row of its order: stored as late, the current status stays',
  same_moment: 'another status of the same order at the same moment: the one that arrives last is current',
  repeated_hour: 'in the hour that the clock change repeats: taken as the first pass',
}

interface Latest {
  readonly moment: string
  readonly status: string
  readonly sequence: number | undefined
}

/** Looks at the rows of each order in the order of the file. */
export class SequenceCheck {
  readonly #orders = new RecentMap<Latest>()

  add({ orderId, occurredAt: moment, status, sequence }: NormalizedEvent): WarningCode | undefined {
    const latest = this.#orders.get(orderId)
    if (latest !== undefined && moment < latest.moment) return 'out_of_order'
    this.#orders.set(orderId, { moment, status, sequence })
    if (latest === undefined || moment !== latest.moment) return undefined
    return status !== latest.status && sequence === latest.sequence ? 'same_moment' : undefined
  }
}
