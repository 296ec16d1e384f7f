import type { AddressBlock } from './address-block.js'
import { assertCertificateLayer } from './certificate-layer.js'
import { resolveClientAddress } from './client-address.js'
import type { Credential } from './credential.js'
import { assertCredentialValid } from './credential-validity.js'
import type { Freshness } from './freshness.js'
import { resolveGrantedScopes } from './granted-scopes.js'
import type { IncomingRequest } from './incoming-request.js'
import { assertAddressAllowed } from './ip-allow-list.js'
import { assertTarget, parseRequest } from './parsed-request.js'
import { isPending } from './pending.js'
import { findOnlyCredential } from './presented-credential.js'
import { type ReplayClaim, replayExpiry } from './replay-guard.js'
import { assertAuthorizationWithinLimits, assertWithinLimits, type RequestLimits } from './request-limits.js'
import { assertResourceAllowed, assertScopes, type Requirement } from './requirement.js'
import type { SchemeClaim } from './schemes/verification-scheme.js'
import { claimOrRefund, consumeQuota, refuseKnownReplay } from './single-use.js'
import type { VerificationSpan } from './telemetry.js'
import type { TelemetryRecorder } from './telemetry-recorder.js'
import { VerificationAttempt } from './verification-attempt.js'
import { VerifiedCaller } from './verified-caller.js'
import { type RequestVerifierOptions, resolveOptions, type VerifierContext } from './verifier-options.js'

/** Turns requests from the wire into verified callers. */
export interface RequestVerifier {
  /** What adapters must keep to: they stop reading a body at `bodyBytes`. */
  readonly limits: RequestLimits
  /** Who is blocked, and letting in again; `undefined` when it is off. */
  readonly addressBlock?: AddressBlock | undefined
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
    addressBlock: context.addressBlock,
    verify: (request, requirement) =>
      context.telemetry === undefined
        ? verify(context, request, requirement, undefined)
        : verifyTraced(context, context.telemetry, request, requirement),
  }
}

function verifyTraced(
  context: VerifierContext,
  { telemetry }: TelemetryRecorder,
  request: IncomingRequest,
  requirement: Requirement,
): Promise<VerifiedCaller> {
  const span = telemetry.startVerification?.(request)
  const run = (): Promise<VerifiedCaller> => verify(context, request, requirement, span)
  return span === undefined ? run() : span.run(run)
}

// The order is the security argument (`spec/partner-signing.md` §9, §10): nothing keyed by what a stranger sent is
// kept before the proof holds, and the claim comes last, so that no request is used up by a refusal.
// What is answered at once is not awaited: an await costs more than a look-up.
async function verify(
  context: VerifierContext,
  request: IncomingRequest,
  requirement: Requirement,
  span: VerificationSpan | undefined,
): Promise<VerifiedCaller> {
  const freshness = requirement.freshness ?? context.freshness
  const attempt = new VerificationAttempt(context, request, freshness, span)
  let caller: VerifiedCaller | undefined
  try {
    assertWithinLimits(request, context.limits)
    const address = resolveClientAddress(request.peer.address, request.rawHeaders, context.trustedProxies)
    attempt.chargeAddress(address)

    const parsed = parseRequest(request, context)
    assertAuthorizationWithinLimits(parsed.headers, context.limits)
    const { scheme, presented } = findOnlyCredential(parsed, context.schemes)
    attempt.scheme = scheme.name
    const proving = scheme.authenticate(parsed, presented, attempt)
    const authenticated = isPending(proving) ? await proving : proving

    const { credential } = authenticated
    attempt.authenticated(credential)
    assertCredentialValid(credential, context, attempt.now)
    assertAddressAllowed(credential.ipAllowList, address)
    assertCertificateLayer(credential, parsed.certificate)
    const scopes = resolveGrantedScopes(credential, context.roles, authenticated.scopes)
    const facts = { requestId: attempt.requestId, bodySha256: attempt.hashBody() }
    caller = VerifiedCaller.create({ authenticated, scheme: scheme.name, scopes, parsed, ...facts })
    assertScopes(scopes, requirement.scopes, scheme.name)
    if (requirement.resource !== undefined) {
      attempt.waitingFor = 'resource rule'
      assertResourceAllowed(await requirement.resource(caller, request))
    }

    const subject = { partnerId: credential.partnerId, keyId: credential.keyId, route: requirement.route }
    if (context.concurrency !== undefined) {
      attempt.waitingFor = 'concurrency limit'
      caller.hold(await context.concurrency.acquire(subject))
    }
    const single = requirement.replay !== 'off' || request.method !== 'GET'
    const claim = single ? createReplayClaim(credential, authenticated.claim, attempt) : undefined
    attempt.waitingFor = 'replay guard'
    if (context.rateLimit !== undefined) {
      if (claim !== undefined) await refuseKnownReplay(context.replay, claim)
      attempt.waitingFor = 'rate limit'
      caller.quota = await consumeQuota(context.rateLimit, subject)
      attempt.waitingFor = 'replay guard'
    }
    if (claim !== undefined) {
      const claimed = claimOrRefund(context.replay, claim, context.rateLimit, subject)
      if (claimed !== undefined) await claimed
    }
    const recorded = attempt.accepted(authenticated.evidence)
    if (recorded !== undefined) await recorded
    attempt.ended(undefined)
    return caller
  } catch (error) {
    caller?.release()
    throw await attempt.refuse(error)
  }
}

function createReplayClaim(
  { partnerId, keyId, createdAt }: Credential,
  claim: SchemeClaim | undefined,
  { freshness, now }: { readonly freshness: Freshness; readonly now: number },
): ReplayClaim | undefined {
  if (claim === undefined) return undefined
  const { id, timestamp } = claim
  const futureMs = freshness.futureSeconds * 1000
  const expiresAt = replayExpiry(timestamp, freshness.pastSeconds * 1000, futureMs, now)
  return { partnerId, keyId, id, timestamp, expiresAt, futureMs, credentialCreatedAt: createdAt }
}
