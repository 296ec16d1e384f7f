import type { HeldToken } from './access-token.js'
import type { Authenticator, CredentialRefusal } from './authenticator.js'
import type { ClientCredentialsAuthOptions } from './client-credentials-options.js'
import { addCredential } from './credential-headers.js'
import type { OutgoingRequest } from './outgoing-request.js'
import { Secret } from './secret.js'
import { SYSTEM_TOKEN_CLOCK } from './token-clock.js'
import { type TokenSession, TokenSessions } from './token-session.js'

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
   * Fetched over the connections of the client that used this authenticator last; before any did, by the global `fetch`.
   *
   * @throws as a request would
   */
  getAccessToken(options?: {
    readonly force?: boolean | undefined
    readonly signal?: AbortSignal | undefined
  }): Promise<AccessTokenInfo>
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
  const { environment, clock = SYSTEM_TOKEN_CLOCK } = options
  const sessions = new TokenSessions(options)
  const sentWith = new WeakMap<
    OutgoingRequest,
    { readonly session: TokenSession; readonly held: HeldToken }
  >()
  return {
    environment,
    async authenticate(request, context) {
      const used = await sessions.obtain(context)
      const { value, type } = used.held.token
      const proof = await used.session.dpop?.createProof(request, value, context.now)
      const own = ['authorization', `${type} ${value}`] as const
      const sent = addCredential(request, proof === undefined ? [own] : [own, proof])
      sentWith.set(sent, used)
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
      const { source } = await sessions.open()
      if (force) source.forget()
      const { token } = (await sessions.obtain({ ...sessions.last, signal })).held
      const { value, type, scope, expiresAt } = token
      return { token: new Secret(value), type, scope, expiresAt: new Date(expiresAt) }
    },
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
