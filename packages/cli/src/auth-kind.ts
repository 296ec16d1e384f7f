import { CliError } from './errors.js'
import { EXIT } from './exit-code.js'

/** How the platform is shown who calls. */
export const AUTH_KINDS = ['hmac', 'api-key', 'http-signature', 'oauth'] as const

export type AuthKind = (typeof AUTH_KINDS)[number]

/** How an OAuth client shows who it is: `clientAuthentication` of the sdk. */
export const CLIENT_AUTHENTICATIONS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const

/** `none`: a public client, with the token of a person who logged in (`auth login --device`). */
export type ClientAuthenticationName = (typeof CLIENT_AUTHENTICATIONS)[number] | 'none'

/** What a secret of each kind is called in messages, in variables and in folders of mounted secrets. */
export interface SecretNames {
  /** For people: "the secret". */
  readonly what: string
  /** Holds the secret itself; none for keys, which have many lines. */
  readonly variable: string | undefined
  readonly fileVariable: string
  /** In `CREDENTIALS_DIRECTORY` and `/run/secrets`. */
  readonly systemName: string
}

export const SECRET_NAMES: Readonly<Record<AuthKind | 'private_key_jwt', SecretNames>> = {
  hmac: {
    what: 'secret',
    variable: 'PARTNER_SECRET',
    fileVariable: 'PARTNER_SECRET_FILE',
    systemName: 'partner-secret',
  },
  'api-key': {
    what: 'API key',
    variable: 'PARTNER_API_KEY',
    fileVariable: 'PARTNER_API_KEY_FILE',
    systemName: 'partner-api-key',
  },
  'http-signature': {
    what: 'private key',
    variable: undefined,
    fileVariable: 'PARTNER_PRIVATE_KEY_FILE',
    systemName: 'partner-private-key',
  },
  oauth: {
    what: 'client secret',
    variable: 'PARTNER_CLIENT_SECRET',
    fileVariable: 'PARTNER_CLIENT_SECRET_FILE',
    systemName: 'partner-client-secret',
  },
  private_key_jwt: {
    what: 'private key',
    variable: undefined,
    fileVariable: 'PARTNER_PRIVATE_KEY_FILE',
    systemName: 'partner-private-key',
  },
}

/** @throws CliError `auth_kind_invalid` (exit 2) */
export function parseAuthKind(text: string): AuthKind {
  const kind = AUTH_KINDS.find(known => known === text)
  if (kind !== undefined) return kind
  throw new CliError(
    'auth_kind_invalid',
    EXIT.usage,
    `${JSON.stringify(text)} is no kind of authentication.`,
    {
      next: `one of ${AUTH_KINDS.join(', ')}`,
    },
  )
}

/** @throws CliError `client_authentication_invalid` (exit 2) */
export function parseClientAuthentication(text: string): ClientAuthenticationName {
  const method = text === 'none' ? text : CLIENT_AUTHENTICATIONS.find(known => known === text)
  if (method !== undefined) return method
  throw new CliError(
    'client_authentication_invalid',
    EXIT.usage,
    `${JSON.stringify(text)} is no way for an OAuth client to show who it is.`,
    { next: `one of ${CLIENT_AUTHENTICATIONS.join(', ')}` },
  )
}
