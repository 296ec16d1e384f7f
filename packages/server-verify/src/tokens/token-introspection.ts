import { createHash } from 'node:crypto'
import { DependencyError } from '../errors.js'
import { isJsonObject } from './compact-jws.js'
import { ExpiringCache } from './expiring-cache.js'
import { JwtFault } from './jwt-fault.js'
import { assertOutboundUrl, createOutboundPolicy, type OutboundOptions } from './outbound-policy.js'
import { requestJson } from './outbound-request.js'

/** How opaque tokens are asked about (RFC 7662). */
export interface TokenIntrospectionOptions extends OutboundOptions {
  /** Whose tokens these are: one of the trusted issuers, exactly. */
  readonly issuer: string
  /** The introspection endpoint, https. */
  readonly endpoint: string
  /** This service's own credentials there, never a partner's; sent by HTTP Basic. */
  readonly clientId: string
  readonly clientSecret: string
  /** How long "active" is believed, seconds; never beyond the token's expiry. Default 30. */
  readonly cacheSeconds?: number | undefined
  /** How long "not active" is believed, seconds. Default 10. */
  readonly inactiveCacheSeconds?: number | undefined
  /** Most answers kept of either kind. Default 10,000. */
  readonly maxEntries?: number | undefined
  /** Most questions under way; above it, 503. Default 50. */
  readonly maxConcurrent?: number | undefined
  /** Default 5000. */
  readonly timeoutMs?: number | undefined
}

/** Asks the issuer about opaque tokens; made by `createTokenIntrospection`. */
export interface TokenIntrospection {
  readonly issuer: string
  /**
   * @param now ms since epoch
   * @returns what the issuer says of an active token
   * @throws JwtFault `token_inactive`
   * @throws DependencyError the issuer could not be asked
   */
  introspect(token: string, now: number): Promise<Readonly<Record<string, unknown>>>
}

const MAX_BYTES = 65_536
const RETRY_SECONDS = 2

/**
 * Makes an introspection client. Answers are cached; who asks for one token at the same time shares one question.
 *
 * @throws TypeError a mistake in the options, e.g. an endpoint that is not https
 *
 * @example
 * ```ts
 * import { createTokenIntrospection } from '@countersign/server-verify'
 *
 * const introspection = createTokenIntrospection({
 *   issuer: 'https://login.acme.example',
 *   endpoint: 'https://login.acme.example/oauth/introspect',
 *   clientId: 'orders-api',
 *   clientSecret: 'from a secret store',
 * })
 * console.log(introspection.issuer) // https://login.acme.example
 * ```
 */
export function createTokenIntrospection(options: TokenIntrospectionOptions): TokenIntrospection {
  const {
    issuer,
    cacheSeconds = 30,
    inactiveCacheSeconds = 10,
    maxEntries = 10_000,
    maxConcurrent = 50,
  } = options
  const ask = createQuestion(options)
  const active = new ExpiringCache<Readonly<Record<string, unknown>>>(maxEntries)
  const inactive = new ExpiringCache<true>(maxEntries)
  const underWay = new Map<string, Promise<Readonly<Record<string, unknown>>>>()

  const load = async (
    token: string,
    key: string,
    now: number,
  ): Promise<Readonly<Record<string, unknown>>> => {
    if (underWay.size >= maxConcurrent) throw outage(issuer, new Error('Too many questions under way.'))
    const answer = await ask(token).catch(error => Promise.reject(outage(issuer, error)))
    if (!isJsonObject(answer) || typeof answer['active'] !== 'boolean')
      throw outage(issuer, new TypeError('The answer has no boolean `active`.'))
    if (answer['active']) active.set(key, answer, now + cacheSeconds * 1000)
    else inactive.set(key, true, now + inactiveCacheSeconds * 1000)
    return answer
  }
  return {
    issuer,
    async introspect(token, now) {
      const key = createHash('sha256').update(token, 'latin1').digest('base64')
      if (inactive.get(key, now) === true) throw new JwtFault('token_inactive')
      let answer = active.get(key, now)
      if (answer === undefined) {
        const joined = underWay.get(key) ?? load(token, key, now).finally(() => underWay.delete(key))
        underWay.set(key, joined)
        answer = await joined
      }
      if (answer['active'] !== true) throw new JwtFault('token_inactive')
      return answer
    },
  }
}

function createQuestion(options: TokenIntrospectionOptions): (token: string) => Promise<unknown> {
  const { clientId, clientSecret, timeoutMs = 5000 } = options
  const policy = createOutboundPolicy(options)
  const url = assertOutboundUrl('endpoint', options.endpoint, policy)
  const authorization = `Basic ${Buffer.from(`${encodeForm(clientId)}:${encodeForm(clientSecret)}`).toString('base64')}`
  return token =>
    requestJson({
      url,
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
      timeoutMs,
      maxBytes: MAX_BYTES,
      policy,
    })
}

// RFC 6749 §2.3.1: form-encoded before base64.
function encodeForm(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

function outage(issuer: string, cause: unknown): DependencyError {
  const dependency = `token introspection of ${issuer}`
  return new DependencyError('dependency_unavailable', { dependency, retryAfter: RETRY_SECONDS, cause })
}
