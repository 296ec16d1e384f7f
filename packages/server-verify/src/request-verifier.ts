import { createPayloadHash } from '@countersign/protocol'
import { resolveClientAddress } from './client-address.js'
import { assertCredentialValid } from './credential-validity.js'
import { assertFresh, type Freshness, isFresh } from './freshness.js'
import type { IncomingRequest } from './incoming-request.js'
import { assertAddressAllowed } from './ip-allow-list.js'
import { assertTarget, parseRequest } from './parsed-request.js'
import { assertPayloadHash } from './payload-hash-header.js'
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
    async verify(request, requirement) {
      const attempt = new VerificationAttempt(context, request)
      try {
        const caller = await admit(context, attempt, request, requirement)
        const taken = attempt.accepted()
        if (taken !== undefined) await taken
        return caller
      } catch (error) {
        throw await attempt.refuse(error)
      }
    },
  }
}

// The order is the security argument (`spec/partner-signing.md` §9, §10): nothing keyed by what a stranger sent is
// kept before the MAC is verified, and the claim comes last, so that no request is used up by a refusal.
// Stores that answer at once are not awaited: an await costs more than a look-up.
async function admit(
  context: VerifierContext,
  attempt: VerificationAttempt,
  request: IncomingRequest,
  requirement: Requirement,
): Promise<VerifiedCaller> {
  assertWithinLimits(request, context.limits)
  const address = resolveClientAddress(request.peer.address, request.rawHeaders, context.trustedProxies)
  attempt.chargeAddress(address)

  const parsed = parseRequest(request, context)
  const authorization = findOnlyCredential(parsed)
  assertAuthorizationWithinLimits(authorization, context.limits)
  const presented = presentHmacSignature(parsed, authorization, context.rows, context)

  attempt.waitingFor = 'credential store'
  const found = context.credentials.findByKeyId(presented.authorization.keyId)
  const credential = found instanceof Promise ? await found : found
  attempt.waitingFor = undefined

  const bodySha256 = createPayloadHash(request.body)
  attempt.bodySha256 = bodySha256
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

  const single = requirement.replay !== 'off' || request.method !== 'GET'
  const claim = createReplayClaim(verified, presented.timestamp, freshness, attempt.now)
  attempt.waitingFor = 'replay guard'
  if (single) {
    const seen = context.replay.has(claim)
    if (seen !== false) await refuseKnownReplay(seen)
  }
  if (context.rateLimit !== undefined) caller.quota = await consumeQuota(context.rateLimit, claim, attempt)
  if (single) await claimOrRefund(context.replay, claim, context.rateLimit, attempt)
  attempt.waitingFor = undefined
  return caller
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
