import { quoteFragment } from '@countersign/protocol'
import type { Credential } from './credential-store.js'
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
}

/** @throws VerificationError `scope_missing` */
export function assertScopes(credential: Credential, required: readonly string[]): void {
  for (const scope of required) {
    if (credential.scopes.includes(scope)) continue
    throw new VerificationError('scope_missing', {
      part: 'scope',
      message: `This credential does not have the scope ${quoteFragment(scope)}. Ask the platform for it.`,
    })
  }
}

/** Anything but `allow` denies. @throws VerificationError `resource_denied` */
export function assertResourceAllowed(decision: ResourceDecision): void {
  if (decision !== 'allow') throw new VerificationError('resource_denied')
}
