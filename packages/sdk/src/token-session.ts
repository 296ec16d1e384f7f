import type { HeldToken } from './access-token.js'
import { AccessTokenSource } from './access-token-source.js'
import type { AuthenticationContext } from './authenticator.js'
import {
  type ClientCredential,
  createClientCredential,
  describeClient,
  usesTls,
} from './client-authentication.js'
import { type ClientCredentialsAuthOptions, checkScope, readServerUrl } from './client-credentials-options.js'
import { DpopKey } from './dpop-key.js'
import { AuthenticationError, UsageError } from './errors.js'
import { createFetchTransport } from './fetch-transport.js'
import type { SendRequest } from './oauth-fetch.js'
import { RotatingCredential } from './rotating-credential.js'
import { Secret } from './secret.js'
import { createTokenCacheKey, type TokenIdentity } from './token-cache-key.js'
import { SYSTEM_TOKEN_CLOCK } from './token-clock.js'
import { TokenEndpoint } from './token-endpoint.js'
import type { Transport } from './transport-contract.js'

/** Everything that a token depends on has one value in here; when any of it changes there is another session. */
export interface TokenSession {
  readonly credential: ClientCredential
  readonly dpop: DpopKey | undefined
  readonly source: AccessTokenSource
}

type Context = Partial<AuthenticationContext>

/** Clients that share an authenticator may show different certificates, each with tokens of its own. */
const MAX_SESSIONS = 8

/** Finds the session for the credential, key and certificate of the moment, and a token from it. */
export class TokenSessions {
  readonly #options: ClientCredentialsAuthOptions
  readonly #identity: Omit<TokenIdentity, 'credentialFingerprint' | 'jkt' | 'certificateThumbprint'>
  readonly #credentials: RotatingCredential<ClientCredential>
  readonly #dpopKeys: RotatingCredential<{ readonly key: Promise<DpopKey> }> | undefined
  readonly #endpoint: TokenEndpoint
  readonly #ownTransport: Transport | undefined
  readonly #sessions = new Map<string, TokenSession>()
  #ownKey: Promise<DpopKey> | undefined
  /** The way to the network that was used last: a refresh behind has no request of its own. */
  #last: Context = {}

  /** @throws UsageError `option_invalid`, `secret_invalid` */
  constructor(options: ClientCredentialsAuthOptions) {
    const { clientId, authentication, audience, dpop, timeoutMs = 30_000 } = options
    const allowHttp = options.allowHttpOnLoopback === true
    const issuer = readServerUrl('issuer', options.issuer, allowHttp)
    const tokenEndpoint = readServerUrl('tokenEndpoint', options.tokenEndpoint, allowHttp)
    if (issuer === undefined && tokenEndpoint === undefined)
      throw new UsageError('option_invalid', 'Either issuer or tokenEndpoint must be given.')
    const scope = checkScope(options.scope ?? [])
    const resource = typeof options.resource === 'string' ? [options.resource] : (options.resource ?? [])
    this.#options = options
    this.#credentials = createClientCredential(clientId, authentication)
    const { method } = authentication
    const [issuerText, endpointText] = [issuer?.href, tokenEndpoint?.href]
    this.#identity = {
      issuer: issuerText,
      tokenEndpoint: endpointText,
      clientId,
      method,
      scope,
      audience,
      resource,
    }
    if (typeof dpop === 'object')
      this.#dpopKeys = new RotatingCredential(dpop.privateKey, 'the DPoP key', text => ({
        key: DpopKey.create(new Secret(text)),
      }))
    const client = describeClient(clientId, authentication)
    const { wall: now } = options.clock ?? SYSTEM_TOKEN_CLOCK
    const asked = { client, scope, audience, resource }
    this.#endpoint = new TokenEndpoint({ issuer, tokenEndpoint, ...asked, timeoutMs, allowHttp, now })
    this.#ownTransport = options.fetch && createTokenTransport(options.fetch, timeoutMs)
  }

  get last(): Context {
    return this.#last
  }

  /** A token that is good now, and the session that it is of. @throws as a token request does */
  async obtain(context: Context): Promise<{ readonly session: TokenSession; readonly held: HeldToken }> {
    const session = await this.open(context)
    try {
      return { session, held: await session.source.get(context.signal) }
    } catch (error) {
      // The secret may have been replaced while this process was running.
      const isRefused = error instanceof AuthenticationError && error.code === 'invalid_client'
      if (!isRefused || !(await this.#credentials.renew(session.credential))) throw error
      const next = await this.open(context)
      return { session: next, held: await next.source.get(context.signal) }
    }
  }

  /** @param context default: that of the last request */
  async open(context: Context = this.#last): Promise<TokenSession> {
    this.#last = context
    const credential = this.#credentials.current ?? (await this.#credentials.load())
    const dpop = await this.#findDpopKey()
    // A token that is bound to a certificate is worth nothing with the next one.
    const isBound = usesTls(this.#options.authentication)
    const key = createTokenCacheKey({
      ...this.#identity,
      credentialFingerprint: credential.fingerprint,
      jkt: dpop?.thumbprint,
      certificateThumbprint: isBound ? await context.network?.certificateThumbprint() : undefined,
    })
    const known = this.#sessions.get(key)
    if (known !== undefined) return known
    const session = { credential, dpop, source: this.#createSource(key, credential, dpop) }
    this.#sessions.set(key, session)
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest)
    return session
  }

  #createSource(key: string, credential: ClientCredential, dpop: DpopKey | undefined): AccessTokenSource {
    const { clock = SYSTEM_TOKEN_CLOCK, cache: given, timeoutMs = 30_000 } = this.#options
    const onEvent: NonNullable<Context['onEvent']> = event => this.#last.onEvent?.(event)
    const send: SendRequest = (request, signal) => {
      const network =
        this.#ownTransport ?? this.#last.network ?? createTokenTransport(globalThis.fetch, timeoutMs)
      return network.send(request, signal)
    }
    const request = (): ReturnType<TokenEndpoint['request']> =>
      this.#endpoint.request({ credential, dpop, send, onEvent })
    // A token for a key that nobody will have again is of no use to another process.
    const cache = this.#options.dpop === true ? undefined : given
    return new AccessTokenSource({ key, request, cache, clock, random: Math.random, onEvent })
  }

  async #findDpopKey(): Promise<DpopKey | undefined> {
    const { dpop = false } = this.#options
    if (dpop === false) return undefined
    if (this.#dpopKeys !== undefined) return (this.#dpopKeys.current ?? (await this.#dpopKeys.load())).key
    return (this.#ownKey ??= DpopKey.create())
  }
}

function createTokenTransport(fetch: typeof globalThis.fetch, timeoutMs: number): Transport {
  const limits = { timeoutMs, connectTimeoutMs: timeoutMs, headersTimeoutMs: timeoutMs }
  return createFetchTransport(fetch, { ...limits, maxResponseBytes: 1024 * 1024 })
}
