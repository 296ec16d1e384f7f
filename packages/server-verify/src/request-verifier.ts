import { createPayloadHash } from '@countersign/protocol'
import { resolveClientAddress } from './client-address.js'
import { assertCredentialValid } from './credential-validity.js'
import { assertFresh, type Freshness, isFresh } from './freshness.js'
import type { IncomingRequest } from './incoming-request.js'
import { assertAddressAllowed } from './ip-allow-list.js'
import { assertTarget, parseRequest } from './parsed-request.js'
import { assertPayloadHash, assertPayloadHashForm } from './payload-hash-header.js'
import { isPending } from './pending.js'
import { findOnlyCredential } from './presented-credential.js'
import { type ReplayClaim, replayExpiry } from './replay-guard.js'
import { assertAuthorizationWithinLimits, assertWithinLimits, type RequestLimits } from './request-limits.js'
import { assertResourceAllowed, assertScopes, type Requirement } from './requirement.js'
import { presentHmacSignature } from './schemes/hmac-presentation.js'
import { type VerifiedSignature, verifyHmacSignature } from './schemes/hmac-verification.js'
import { claimOrRefund, consumeQuota, refuseKnownReplay } from './single-use.js'
import { VerificationAttempt } from './verification-attempt.js'
import { VerifiedCaller } from './verified-caller.js'
import { type RequestVerifierOptions, resolveOptions, type VerifierContext } from './verifier-options.js'

/** Turns requests from the wire into verified callers. */
export interface RequestVerifier {
  /** What adapters must keep to: they stop reading a body at `bodyBytes`. */
  readonly limits: RequestLimits
  /**
   * The form of a target alone, for a framework that would answer or redirect before it verifies.
   *
   * @throws VerificationError `target_not_canonical`, `query_not_canonical`
   */
  assertTarget(target: string): void
  /**
   * @throws VerificationError the request is refused
   * @throws DependencyError it could not be judged: 503
   */
  verify(request: IncomingRequest, requirement: Requirement): Promise<VerifiedCaller>
}

/**
 * Makes a verifier. Nothing but a {@link VerifiedCaller} comes out of it, and everything else is thrown: an unknown
 * error, too, refuses the request.
 *
 * @throws TypeError a mistake in the options, for example `explain` in `live`
 *
 * @example
 * ```ts
 * import {
 *   createMemoryCredentialStore,
 *   createMemoryReplayGuard,
 *   createRequestVerifier,
 *   hmacSignature,
 * } from '@countersign/server-verify'
 *
 * const verifier = createRequestVerifier({
 *   authorities: ['api.example.com'],
 *   environment: 'live',
 *   api: 'orders',
 *   schemes: [hmacSignature()],
 *   credentials: createMemoryCredentialStore(),
 *   replay: createMemoryReplayGuard(),
 * })
 * console.log(verifier.limits.bodyBytes) // 1048576
 * ```
 */
export function createRequestVerifier(options: RequestVerifierOptions): RequestVerifier {
  const context = resolveOptions(options)
  return {
    limits: context.limits,
    assertTarget: target => assertTarget(target, context),
    verify: (request, requirement) => verify(context, request, requirement),
  }
}

// The order is the security argument (`spec/partner-signing.md` §9, §10): nothing keyed by what a stranger sent is
// kept before the MAC is verified, and the claim comes last, so that no request is used up by a refusal.
// What is answered at once is not awaited: an await costs more than a look-up.
async function verify(
  context: VerifierContext,
  request: IncomingRequest,
  requirement: Requirement,
): Promise<VerifiedCaller> {
  const attempt = new VerificationAttempt(context, request)
  try {
    assertWithinLimits(request, context.limits)
    const address = resolveClientAddress(request.peer.address, request.rawHeaders, context.trustedProxies)
    attempt.chargeAddress(address)

    const parsed = parseRequest(request, context)
    const authorization = findOnlyCredential(parsed)
    assertAuthorizationWithinLimits(authorization, context.limits)
    const presented = presentHmacSignature(parsed, authorization, context)

    attempt.waitingFor = 'credential store'
    const found = context.credentials.findByKeyId(presented.authorization.keyId)
    const credential = isPending(found) ? await found : found
    attempt.waitingFor = undefined

    const bodySha256 = createPayloadHash(request.body)
    attempt.bodySha256 = bodySha256
    assertPayloadHashForm(parsed.headers, presented.row.payloadHashHeader, bodySha256)
    const freshness = requirement.freshness ?? context.freshness
    const fresh = isFresh(presented.timestamp, freshness, attempt.now)
    const verified = verifyHmacSignature(parsed, presented, credential, bodySha256, context, fresh)
    attempt.authenticated(verified.credential)
    assertPayloadHash(parsed.headers, presented.row.payloadHashHeader, bodySha256)
    assertFresh(presented.timestamp, freshness, attempt.now)

    assertCredentialValid(verified.credential, context.environment, attempt.now)
    assertAddressAllowed(verified.credential.ipAllowList, address)
    const caller = VerifiedCaller.create(verified, parsed, attempt.requestId, bodySha256)
    assertScopes(verified.credential, requirement.scopes)
    if (requirement.resource !== undefined) {
      attempt.waitingFor = 'resource rule'
      assertResourceAllowed(await requirement.resource(caller, request))
    }

    attempt.waitingFor = 'replay guard'
    const single = requirement.replay !== 'off' || request.method !== 'GET'
    const claim = createReplayClaim(verified, presented.timestamp, freshness, attempt.now)
    if (context.rateLimit !== undefined) {
      if (single) await refuseKnownReplay(context.replay, claim)
      attempt.waitingFor = 'rate limit'
      caller.quota = await consumeQuota(context.rateLimit, claim)
      attempt.waitingFor = 'replay guard'
    }
    if (single) {
      const claimed = claimOrRefund(context.replay, claim, context.rateLimit)
      if (claimed !== undefined) await claimed
    }
    const recorded = attempt.accepted()
    if (recorded !== undefined) await recorded
    return caller
  } catch (error) {
    throw await attempt.refuse(error)
  }
}

function createReplayClaim(
  { credential, claimId }: VerifiedSignature,
  timestamp: number,
  freshness: Freshness,
  now: number,
): ReplayClaim {
  const futureMs = freshness.futureSeconds * 1000
  return {
    partnerId: credential.partnerId,
    keyId: credential.keyId,
    id: claimId,
    timestamp,
    expiresAt: replayExpiry(timestamp, freshness.pastSeconds * 1000, futureMs, now),
    futureMs,
    credentialCreatedAt: credential.createdAt,
  }
}
