import type { AuthorizationServer, Client, DPoPHandle, TokenEndpointResponse } from 'oauth4webapi'
import type { IssuedToken } from './access-token.js'
import type { ClientCredential } from './client-authentication.js'
import type { CredentialEvent } from './debug-event.js'
import type { DpopKey } from './dpop-key.js'
import { ConnectionError, ResponseError, UsageError } from './errors.js'
import { createOAuthFetch, type SendRequest } from './oauth-fetch.js'
import { parseHttpDate } from './retry-after.js'
import { describeTokenFailure } from './token-endpoint-error.js'

/** Where tokens come from, and what is asked for. */
export interface TokenEndpointOptions {
  readonly issuer: URL | undefined
  readonly tokenEndpoint: URL | undefined
  readonly client: Client
  readonly scope: readonly string[]
  readonly audience: string | undefined
  readonly resource: readonly string[]
  readonly timeoutMs: number
  /** Loopback only. */
  readonly allowHttp: boolean
  readonly now: () => number
}

/** What one token request needs beside that. */
export interface TokenRequestParts {
  readonly credential: ClientCredential
  readonly dpop: DpopKey | undefined
  readonly send: SendRequest
  readonly onEvent: (event: CredentialEvent) => void
}

const DISCOVERY_LIFE_MS = 3_600_000
const UNKNOWN_LIFE_MS = 300_000
/** A server whose clock is so far from ours may have refused an assertion or a proof because of it. */
const NOTABLE_SKEW_MS = 30_000
const MAX_SKEW_MS = 86_400_000

/** An authorization server's token endpoint (RFC 6749 §4.4), found by discovery (RFC 8414) or given. */
export class TokenEndpoint {
  readonly #options: TokenEndpointOptions
  readonly #handles = new WeakMap<DpopKey, DPoPHandle>()
  #metadata: { readonly server: AuthorizationServer; readonly until: number } | undefined
  #skewMs = 0
  #warned = new Set<string>()

  constructor(options: TokenEndpointOptions) {
    this.#options = options
  }

  get #shownAddress(): string {
    const { tokenEndpoint, issuer } = this.#options
    return this.#metadata?.server.token_endpoint ?? String(tokenEndpoint ?? issuer)
  }

  /**
   * One token request. Repeated at once when the server wants a DPoP nonce, and when the clocks turn out to differ: each
   * at most once.
   *
   * @throws AuthenticationError, ServiceUnavailableError `token_endpoint_unavailable`, ResponseError
   * `token_response_invalid`, ConnectionError
   */
  async request(parts: TokenRequestParts): Promise<IssuedToken> {
    const { timeoutMs, now } = this.#options
    const signal = AbortSignal.timeout(timeoutMs)
    const start = performance.now()
    try {
      const oauth = await import('oauth4webapi')
      const http = createHttpOptions(oauth, parts.send, this.#options.allowHttp, signal)
      const server = await this.#discover(oauth, http)
      const answer = await this.#ask(oauth, server, parts, http)
      const token = this.#readToken(answer, parts)
      const durationMs = performance.now() - start
      parts.onEvent({
        type: 'token_issued',
        endpoint: this.#shownAddress,
        expiresInMs: token.expiresInMs,
        durationMs,
      })
      return token
    } catch (error) {
      if (signal.aborted) {
        const message = `The token endpoint ${this.#shownAddress} gave no answer within ${timeoutMs} ms.`
        throw new ConnectionError('response_timeout', message, { retryable: true })
      }
      throw describeTokenFailure(error, this.#shownAddress, text => parts.credential.redact(text), now())
    }
  }

  async #discover(oauth: typeof import('oauth4webapi'), http: HttpOptions): Promise<AuthorizationServer> {
    const { issuer, tokenEndpoint, now } = this.#options
    if (tokenEndpoint !== undefined)
      return { issuer: issuer?.href ?? tokenEndpoint.href, token_endpoint: tokenEndpoint.href }
    if (issuer === undefined)
      throw new UsageError('option_invalid', 'Either issuer or tokenEndpoint must be given.')
    if (this.#metadata !== undefined && this.#metadata.until > now()) return this.#metadata.server
    let answer = await oauth.discoveryRequest(issuer, { ...http, algorithm: 'oauth2' })
    // OpenID providers of old know their own address for it only.
    if (answer.status === 404) answer = await oauth.discoveryRequest(issuer, { ...http, algorithm: 'oidc' })
    const server = await oauth.processDiscoveryResponse(issuer, answer)
    this.#metadata = { server, until: now() + DISCOVERY_LIFE_MS }
    return server
  }

  async #ask(
    oauth: typeof import('oauth4webapi'),
    server: AuthorizationServer,
    parts: TokenRequestParts,
    http: HttpOptions,
  ): Promise<TokenEndpointResponse> {
    const clientAuth = await parts.credential.createClientAuth(oauth)
    const handle = this.#handleOf(oauth, parts.dpop)
    let nonceTried = false
    let clockTried = false
    for (;;) {
      const client = { ...this.#options.client, [oauth.clockSkew]: Math.round(this.#skewMs / 1000) }
      const options = handle === undefined ? http : { ...http, DPoP: handle }
      const answer = await oauth.clientCredentialsGrantRequest(
        server,
        client,
        clientAuth,
        this.#parameters(),
        options,
      )
      try {
        return await oauth.processClientCredentialsResponse(server, client, answer)
      } catch (error) {
        if (handle !== undefined && !nonceTried && oauth.isDPoPNonceError(error)) nonceTried = true
        else if (!clockTried && this.#adoptClock(answer)) clockTried = true
        else throw error
      }
    }
  }

  #handleOf(oauth: typeof import('oauth4webapi'), dpop: DpopKey | undefined): DPoPHandle | undefined {
    if (dpop === undefined) return undefined
    const known = this.#handles.get(dpop)
    if (known !== undefined) return known
    const { privateKey, publicKey } = dpop.pair
    const handle = oauth.DPoP(
      {},
      { privateKey, publicKey },
      {
        [oauth.modifyAssertion]: (_header, payload) => {
          payload['iat'] = Math.floor((this.#options.now() + this.#skewMs) / 1000)
        },
      },
    )
    this.#handles.set(dpop, handle)
    return handle
  }

  #parameters(): URLSearchParams {
    const { scope, audience, resource } = this.#options
    const parameters = new URLSearchParams()
    if (scope.length > 0) parameters.set('scope', scope.join(' '))
    if (audience !== undefined) parameters.set('audience', audience)
    for (const each of resource) parameters.append('resource', each)
    return parameters
  }

  /** Assertions and proofs carry a time. @returns whether the next attempt will carry another one */
  #adoptClock(answer: Response): boolean {
    if ((answer.status !== 400 && answer.status !== 401) || answer.headers.has('age')) return false
    const serverTime = parseHttpDate(answer.headers.get('date') ?? undefined)
    if (serverTime === undefined) return false
    const skewMs = serverTime - this.#options.now()
    if (Math.abs(skewMs) > MAX_SKEW_MS || Math.abs(skewMs - this.#skewMs) < NOTABLE_SKEW_MS) return false
    this.#skewMs = skewMs
    return true
  }

  #readToken(answer: TokenEndpointResponse, { dpop, onEvent }: TokenRequestParts): IssuedToken {
    const type = dpop === undefined ? 'Bearer' : 'DPoP'
    if (answer.token_type !== type.toLowerCase())
      throw this.#refuse(`issued no ${type} token, though one was asked for`)
    if (!/^[\x21-\x7e]+$/.test(answer.access_token))
      throw this.#refuse('issued a token that cannot stand in a header')
    const { scope } = this.#options
    if (answer.scope !== undefined && scope.length > 0) {
      const granted = new Set(answer.scope.split(' '))
      const missing = scope.filter(each => !granted.has(each))
      if (missing.length > 0)
        this.#warnOnce(`scope ${missing.join(' ')}`, () => onEvent({ type: 'scope_reduced', missing }))
    }
    if (answer.expires_in === undefined)
      this.#warnOnce('lifetime', () => onEvent({ type: 'token_lifetime_unknown' }))
    const expiresInMs = answer.expires_in === undefined ? UNKNOWN_LIFE_MS : answer.expires_in * 1000
    if (!Number.isFinite(expiresInMs) || expiresInMs <= 0)
      throw this.#refuse('issued a token that is over already')
    return { value: answer.access_token, type, scope: answer.scope, expiresInMs }
  }

  #warnOnce(what: string, warn: () => void): void {
    if (this.#warned.has(what)) return
    this.#warned.add(what)
    warn()
  }

  #refuse(what: string): ResponseError {
    return new ResponseError('token_response_invalid', `The token endpoint ${this.#shownAddress} ${what}.`)
  }
}

type HttpOptions = ReturnType<typeof createHttpOptions>

function createHttpOptions(
  oauth: typeof import('oauth4webapi'),
  send: SendRequest,
  allowHttp: boolean,
  signal: AbortSignal,
) {
  return { [oauth.customFetch]: createOAuthFetch(send), [oauth.allowInsecureRequests]: allowHttp, signal }
}
