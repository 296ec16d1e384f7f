import {
  createStaticKeySource,
  DEFAULT_JWKS_TIMES,
  type JwksCounts,
  JwksSource,
  type JwksTimes,
  type KeySource,
} from './jwks-source.js'
import { assertOutboundUrl, createOutboundPolicy, type OutboundOptions } from './outbound-policy.js'
import { requestJson } from './outbound-request.js'
import { assertTokenAlgorithms, DEFAULT_TOKEN_ALGORITHMS, type TokenAlgorithm } from './token-algorithm.js'

/** An authorization server whose access tokens are accepted: the platform's own, or one that a partner brings. */
export interface TrustedIssuer extends OutboundOptions {
  /** The token's `iss`, compared character by character. An https URL without query and fragment. */
  readonly issuer: string
  /** Where its keys are published (https). Exactly one of `jwksUri` and `jwks`. */
  readonly jwksUri?: string | undefined
  /** Its keys themselves (RFC 7517 `{ keys: […] }`); they change only with the configuration. */
  readonly jwks?: unknown
  /** What it may sign with. Default RS256, PS256, ES256, EdDSA. HMAC algorithms cannot be allowed. */
  readonly algorithms?: readonly TokenAlgorithm[] | undefined
  /** How long its keys are used and how often they are asked for. */
  readonly jwksTimes?: Partial<JwksTimes> | undefined
  /** Most bytes of its key set. Default 256 KiB. */
  readonly jwksMaxBytes?: number | undefined
  /** For one fetch of its keys. Default 5000. */
  readonly jwksTimeoutMs?: number | undefined
}

/** An issuer made ready for use. */
export interface KnownIssuer {
  readonly issuer: string
  readonly algorithms: ReadonlySet<string>
  readonly keys: KeySource
  readonly counts: JwksCounts
}

/**
 * The issuers of one deployment. Share it between all verifiers of a process: then one `iss` has one source of keys,
 * and one outage or flood is one outage or flood. Issuers come and go while the service runs.
 */
export interface TrustedIssuers {
  /** @throws TypeError a mistake in the options, or an issuer that is known already */
  add(issuer: TrustedIssuer): void
  /** Its tokens are refused from the next request on. @returns whether it was known */
  remove(issuer: string): boolean
  /** By the exact text of `iss`. */
  find(issuer: string): KnownIssuer | undefined
}

const MAX_JWKS_BYTES = 262_144
const JWKS_TIMEOUT_MS = 5000
const NO_FETCHES: JwksCounts = { fetches: 0, failures: 0 }

/**
 * Makes a list of trusted issuers.
 *
 * @param now the clock, ms since epoch; default `Date.now`
 * @throws TypeError as {@link TrustedIssuers.add}
 *
 * @example
 * ```ts
 * import { createTrustedIssuers } from '@countersign/server-verify'
 *
 * const issuers = createTrustedIssuers([
 *   { issuer: 'https://login.example.com', jwksUri: 'https://login.example.com/jwks' },
 * ])
 * issuers.add({
 *   issuer: 'https://id.acme.example',
 *   jwksUri: 'https://id.acme.example/keys',
 *   algorithms: ['ES256'],
 * })
 * console.log(issuers.remove('https://id.acme.example')) // true
 * ```
 */
export function createTrustedIssuers(
  initial: readonly TrustedIssuer[] = [],
  now: () => number = Date.now,
): TrustedIssuers {
  const known = new Map<string, KnownIssuer>()
  const issuers: TrustedIssuers = {
    add(issuer) {
      if (known.has(issuer.issuer))
        throw new TypeError(
          `The issuer ${issuer.issuer} is known already; one issuer has one source of keys.`,
        )
      known.set(issuer.issuer, createKnownIssuer(issuer, now))
    },
    remove: issuer => known.delete(issuer),
    find: issuer => known.get(issuer),
  }
  for (const issuer of initial) issuers.add(issuer)
  return issuers
}

function createKnownIssuer(options: TrustedIssuer, now: () => number): KnownIssuer {
  const { issuer, jwksUri, jwks, algorithms = DEFAULT_TOKEN_ALGORITHMS } = options
  const policy = createOutboundPolicy(options)
  if (assertOutboundUrl('issuer', issuer, policy).search !== '')
    throw new TypeError(`The issuer ${issuer} must have no query.`)
  if ((jwksUri === undefined) === (jwks === undefined))
    throw new TypeError(`The issuer ${issuer} needs exactly one of jwksUri and jwks.`)
  const allowed = assertTokenAlgorithms(algorithms)
  if (jwksUri === undefined)
    return { issuer, algorithms: allowed, keys: createStaticKeySource(jwks), counts: NO_FETCHES }
  const url = assertOutboundUrl('jwksUri', jwksUri, policy)
  const { jwksMaxBytes: maxBytes = MAX_JWKS_BYTES, jwksTimeoutMs: timeoutMs = JWKS_TIMEOUT_MS } = options
  const fetch = (): Promise<unknown> =>
    requestJson({ url, method: 'GET', headers: {}, timeoutMs, maxBytes, policy })
  const keys = new JwksSource(issuer, fetch, resolveTimes(issuer, options.jwksTimes), now)
  return {
    issuer,
    algorithms: allowed,
    keys,
    get counts() {
      return keys.counts
    },
  }
}

function resolveTimes(issuer: string, times: Partial<JwksTimes> | undefined): JwksTimes {
  const resolved = { ...DEFAULT_JWKS_TIMES, ...times }
  const { refreshAfterSeconds, maxAgeSeconds, maxStaleSeconds } = resolved
  if (!(refreshAfterSeconds <= maxAgeSeconds && maxAgeSeconds <= maxStaleSeconds))
    throw new TypeError(`jwksTimes of ${issuer}: refreshAfter ≤ maxAge ≤ maxStale must hold.`)
  return resolved
}
