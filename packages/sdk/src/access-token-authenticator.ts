import type { HeldToken } from './access-token.js'
import { AccessTokenSource } from './access-token-source.js'
import type { AuthenticationContext, Authenticator, CredentialRefusal } from './authenticator.js'
import {
  type ClientCredential,
  createClientCredential,
  describeClient,
  usesTls,
} from './client-authentication.js'
import { type ClientCredentialsAuthOptions, checkScope, readServerUrl } from './client-credentials-options.js'
import { addCredential } from './credential-headers.js'
import { DpopKey } from './dpop-key.js'
import { AuthenticationError, UsageError } from './errors.js'
import { createFetchTransport } from './fetch-transport.js'
import type { SendRequest } from './oauth-fetch.js'
import type { OutgoingRequest } from './outgoing-request.js'
import { RotatingCredential } from './rotating-credential.js'
import { Secret } from './secret.js'
import { createTokenCacheKey } from './token-cache-key.js'
import { SYSTEM_TOKEN_CLOCK } from './token-clock.js'
import { TokenEndpoint } from './token-endpoint.js'

/** A token, to look at. */
export interface AccessTokenInfo {
  readonly token: Secret
  readonly type: 'Bearer' | 'DPoP'
  /** The granted scope, if the server named it. */
  readonly scope: string | undefined
  readonly expiresAt: Date
}

/** An {@link Authenticator} that can also be asked for the token itself. */
export interface AccessTokenAuthenticator extends Authenticator {
  /**
   * The token that the next request would carry. `force`: a new one, whatever is remembered.
   *
   * @throws as a request would
   */
  getAccessToken(options?: {
    readonly force?: boolean | undefined
    readonly signal?: AbortSignal | undefined
  }): Promise<AccessTokenInfo>
}

/** Everything that a token depends on has one value here; when any of it changes there is a new session. */
interface Session {
  readonly key: string
  readonly credential: ClientCredential
  readonly dpop: DpopKey | undefined
  readonly source: AccessTokenSource
}

/** A copy of the token may not have reached all servers yet: one so young is not thrown away for a refusal. */
const SETTLING_MS = 5000
const SETTLING_PAUSE_MS = 1000

/**
 * Gets access tokens with an OAuth client's own credential and sends them along. Tokens are kept and renewed before they
 * end (spec of the rules: `access-token-source.ts`); one that the API refuses is replaced once a request.
 *
 * Requests fail with AuthenticationError (`invalid_client`, `invalid_scope` … as the server said), `token_response_invalid`,
 * `token_endpoint_unavailable` or a ConnectionError when there is no token to be had.
 *
 * @throws UsageError `option_invalid`, `secret_invalid`
 *
 * @example
 * ```ts
 * import { clientCredentialsAuth, PartnerClient, secretFromFile } from '@countersign/sdk'
 *
 * const auth = clientCredentialsAuth({
 *   environment: 'live',
 *   issuer: 'https://login.example.com',
 *   clientId: 'acme',
 *   authentication: { method: 'private_key_jwt', privateKey: secretFromFile('/run/secrets/client-key.pem') },
 *   scope: ['orders:status:write'],
 *   dpop: true,
 * })
 * const client = new PartnerClient({ baseUrl: 'https://api.example.com', auth })
 * await client.close()
 * ```
 */
export function clientCredentialsAuth(options: ClientCredentialsAuthOptions): AccessTokenAuthenticator {
  const {
    environment,
    clientId,
    authentication,
    audience,
    cache,
    timeoutMs = 30_000,
    clock = SYSTEM_TOKEN_CLOCK,
  } = options
  const allowHttp = options.allowHttpOnLoopback === true
  const issuer = readServerUrl('issuer', options.issuer, allowHttp)
  const tokenEndpoint = readServerUrl('tokenEndpoint', options.tokenEndpoint, allowHttp)
  if (issuer === undefined && tokenEndpoint === undefined)
    throw new UsageError('option_invalid', 'Either issuer or tokenEndpoint must be given.')
  const scope = checkScope(options.scope ?? [])
  const resource = typeof options.resource === 'string' ? [options.resource] : (options.resource ?? [])
  const credentials = createClientCredential(clientId, authentication)
  const dpopSource = typeof options.dpop === 'object' ? options.dpop.privateKey : undefined
  const dpopKeys =
    dpopSource === undefined
      ? undefined
      : new RotatingCredential(dpopSource, 'the DPoP key', text => ({
          key: DpopKey.create(new Secret(text)),
        }))
  let ownKey: Promise<DpopKey> | undefined
  const client = describeClient(clientId, authentication)
  const endpoint = new TokenEndpoint({
    issuer,
    tokenEndpoint,
    client,
    scope,
    audience,
    resource,
    timeoutMs,
    allowHttp,
    now: clock.wall,
  })
  const ownTransport = options.fetch && createFetchTransport(options.fetch, createLimits(timeoutMs))
  const sentWith = new WeakMap<OutgoingRequest, { readonly session: Session; readonly held: HeldToken }>()
  let session: Session | undefined
  /** The way to the network that was used last: a refresh behind has no request of its own. */
  let last: Partial<AuthenticationContext> = {}

  const send: SendRequest = (request, signal) => {
    const transport =
      ownTransport ?? last.network ?? createFetchTransport(globalThis.fetch, createLimits(timeoutMs))
    return transport.send(request, signal)
  }
  const findDpopKey = async (): Promise<DpopKey | undefined> => {
    if (options.dpop === undefined || options.dpop === false) return undefined
    if (dpopKeys !== undefined) return (dpopKeys.current ?? (await dpopKeys.load())).key
    return (ownKey ??= DpopKey.create())
  }

  const open = async (context: Partial<AuthenticationContext>): Promise<Session> => {
    last = context
    const credential = credentials.current ?? (await credentials.load())
    const dpop = await findDpopKey()
    // A token that is bound to a certificate is worth nothing with the next one.
    const certificateThumbprint = usesTls(authentication)
      ? await context.network?.certificateThumbprint()
      : undefined
    const { method } = authentication
    const key = createTokenCacheKey({
      issuer: issuer?.href,
      tokenEndpoint: tokenEndpoint?.href,
      clientId,
      method,
      credentialFingerprint: credential.fingerprint,
      scope,
      audience,
      resource,
      jkt: dpop?.thumbprint,
      certificateThumbprint,
    })
    if (session?.key === key) return session
    const onEvent: NonNullable<AuthenticationContext['onEvent']> = event => last.onEvent?.(event)
    const request = (): ReturnType<TokenEndpoint['request']> =>
      endpoint.request({ credential, dpop, send, onEvent })
    const keptCache = options.dpop === true ? undefined : cache
    const source = new AccessTokenSource({
      key,
      request,
      cache: keptCache,
      clock,
      random: Math.random,
      onEvent,
    })
    session = { key, credential, dpop, source }
    return session
  }

  const obtain = async (
    context: Partial<AuthenticationContext>,
  ): Promise<{ session: Session; held: HeldToken }> => {
    const opened = await open(context)
    try {
      return { session: opened, held: await opened.source.get(context.signal) }
    } catch (error) {
      // The secret may have been replaced while this process was running.
      const isRefused = error instanceof AuthenticationError && error.code === 'invalid_client'
      if (!isRefused || !(await credentials.renew(opened.credential))) throw error
      const next = await open(context)
      return { session: next, held: await next.source.get(context.signal) }
    }
  }

  return {
    environment,
    async authenticate(request, context) {
      const { session: used, held } = await obtain(context)
      const { value, type } = held.token
      const proof = used.dpop && (await used.dpop.createProof(request, value, context.now))
      const own = ['authorization', `${type} ${value}`] as const
      const sent = addCredential(request, proof === undefined ? [own] : [own, proof])
      sentWith.set(sent, { session: used, held })
      return sent
    },
    async refresh(refused, refusal) {
      const sent = sentWith.get(refused)
      if (sent === undefined) return false
      const { dpop, source } = sent.session
      const hasNewNonce = dpop?.takeNonce(refused.origin, refusal.headers['dpop-nonce']) ?? false
      if (wantsNonce(refusal)) return hasNewNonce
      if (!isAboutToken(refusal)) return false
      if (sent.held.ageMs < SETTLING_MS) await clock.wait(SETTLING_PAUSE_MS)
      else source.invalidate(sent.held.token.value)
      return true
    },
    observe(request, headers) {
      sentWith.get(request)?.session.dpop?.takeNonce(request.origin, headers['dpop-nonce'])
    },
    async getAccessToken({ force = false, signal } = {}) {
      if (force) (await open(last)).source.forget()
      const { token } = (await obtain({ ...last, signal })).held
      const { value, type, scope: granted, expiresAt } = token
      return { token: new Secret(value), type, scope: granted, expiresAt: new Date(expiresAt) }
    },
  }
}

function createLimits(timeoutMs: number): Parameters<typeof createFetchTransport>[1] {
  return {
    timeoutMs,
    connectTimeoutMs: timeoutMs,
    headersTimeoutMs: timeoutMs,
    maxResponseBytes: 1024 * 1024,
  }
}

function wantsNonce({ code, headers }: CredentialRefusal): boolean {
  return code === 'use_dpop_nonce' || /\berror="?use_dpop_nonce\b/.test(headers['www-authenticate'] ?? '')
}

/** A gateway that knows no problem details says it in the challenge (RFC 6750 §3.1), or just 401. */
function isAboutToken({ code, headers }: CredentialRefusal): boolean {
  if (code === 'invalid_token' || code === 'invalid_credentials') return true
  return code === 'http_401' || /\berror="?invalid_token\b/.test(headers['www-authenticate'] ?? '')
}
