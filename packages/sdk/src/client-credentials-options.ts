import type { ClientAuthentication } from './client-authentication.js'
import { UsageError } from './errors.js'
import type { SecretSource } from './secret.js'
import type { TokenCache } from './token-cache.js'
import type { TokenClock } from './token-clock.js'

/** An OAuth client and where it gets its tokens (RFC 6749 §4.4). */
export interface ClientCredentialsAuthOptions {
  /** `live`, `sandbox` …: the platform's environment that the tokens are for. */
  readonly environment: string
  /** The authorization server; its metadata is read once an hour (RFC 8414, else OpenID Connect discovery). */
  readonly issuer?: string | URL | undefined
  /** The token endpoint itself: then nothing is discovered. One of the two must be given. */
  readonly tokenEndpoint?: string | URL | undefined
  readonly clientId: string
  readonly authentication: ClientAuthentication
  /**
   * Binds the tokens to a key (RFC 9449): a stolen token is of no use then. `true`: a new P-256 key, for as long as this
   * process lives. A private key (PEM or JWK) of your own is needed for tokens that outlive the process.
   */
  readonly dpop?: boolean | { readonly privateKey: SecretSource } | undefined
  /** e.g. `['orders:status:write']`. Default: what the server grants by itself. */
  readonly scope?: readonly string[] | undefined
  readonly audience?: string | undefined
  /** RFC 8707. */
  readonly resource?: string | readonly string[] | undefined
  /** Where tokens outlive the process. Default: nowhere. Not used with a key that `dpop: true` made. */
  readonly cache?: TokenCache | undefined
  /** A whole token request with discovery. Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** Replaces the client's way to the network for token requests. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Takes an authorization server at `http://` when its host is 127.0.0.1, ::1 or localhost. For tests. Default false. */
  readonly allowHttpOnLoopback?: boolean | undefined
  /** For tests. */
  readonly clock?: TokenClock | undefined
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** @throws UsageError `option_invalid` */
export function readServerUrl(
  name: 'issuer' | 'tokenEndpoint',
  value: string | URL | undefined,
  allowHttpOnLoopback: boolean,
): URL | undefined {
  if (value === undefined) return undefined
  const text = String(value)
  if (!URL.canParse(text))
    throw new UsageError('option_invalid', `${name} is no absolute URL such as https://login.example.com.`)
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    throw new UsageError('option_invalid', `${name} must not hold a user name or password.`)
  if (url.protocol === 'https:') return url
  if (url.protocol === 'http:' && allowHttpOnLoopback && LOOPBACK.has(url.hostname)) return url
  throw new UsageError('option_invalid', `${name} must begin with https://: a credential is sent there.`)
}

/** @throws UsageError `option_invalid` */
export function checkScope(scope: readonly string[]): readonly string[] {
  for (const each of scope)
    if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(each))
      throw new UsageError(
        'option_invalid',
        'scope must be a list of single scopes, without spaces or quotation marks.',
      )
  return scope
}
