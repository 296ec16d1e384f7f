import { quoteFragment } from '@countersign/protocol'
import type { SchemeName } from './credential.js'
import { VerificationError } from './errors.js'
import type { Freshness } from './freshness.js'
import type { IncomingRequest } from './incoming-request.js'
import type { VerifiedCaller } from './verified-caller.js'

/** May this caller act on what the request names? */
export type ResourceRule = (
  caller: VerifiedCaller,
  request: IncomingRequest,
) => ResourceDecision | Promise<ResourceDecision>

export type ResourceDecision = 'allow' | 'deny'

/** What a route asks of a request. */
export interface Requirement {
  /** All of them; `[]`: any authenticated caller. */
  readonly scopes: readonly string[]
  readonly resource?: ResourceRule | undefined
  /** Default `strict`: every request is good for one use. `off` is honoured for GET only. */
  readonly replay?: 'strict' | 'off' | undefined
  /** The window of this route; default: the verifier's. */
  readonly freshness?: Freshness | undefined
  /** A name for quotas of its own and for metrics, e.g. `POST /v1/orders/:orderId/statuses`. */
  readonly route?: string | undefined
}

/**
 * @param granted see `resolveGrantedScopes`
 * @throws VerificationError `scope_missing`; for an access token with the challenge of RFC 6750 §3.1
 */
export function assertScopes(
  granted: readonly string[],
  required: readonly string[],
  scheme: SchemeName,
): void {
  for (const scope of required) {
    if (granted.includes(scope)) continue
    const error = new VerificationError('scope_missing', {
      part: 'scope',
      message: `This credential does not have the scope ${quoteFragment(scope)}. Ask the platform for it.`,
    })
    if (scheme === 'access-token')
      error.challenge = `Bearer error="insufficient_scope", scope="${required.join(' ')}"`
    throw error
  }
}

/** Anything but `allow` denies. @throws VerificationError `resource_denied` */
export function assertResourceAllowed(decision: ResourceDecision): void {
  if (decision !== 'allow') throw new VerificationError('resource_denied')
}
