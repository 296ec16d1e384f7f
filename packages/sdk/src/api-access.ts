import type { PartnerRequest } from './request-builder.js'
import type { RetryPolicy } from './retry-policy.js'
import type { Attempt } from './signed-attempt.js'
import type { ReceivedResponse } from './transport-contract.js'

/** What the client gives to the parts of it that call the API. */
export interface ApiAccess {
  readonly environment: string
  readonly now: () => number
  readonly retry: RetryPolicy
  readonly run: (request: PartnerRequest) => Promise<ReceivedResponse>
  readonly attempt: (request: PartnerRequest, number: number) => Promise<Attempt>
}
