import {
  type Authenticator,
  apiKeyAuth,
  type ClientAuthentication,
  clientCredentialsAuth,
  hmacAuth,
  httpSignatureAuth,
  Secret,
  tokenFileCache,
} from '@countersign/sdk'
import type { ClientAuthenticationName } from './auth-kind.js'
import { deviceTokenAuth } from './device-token.js'
import type { Connection } from './profile.js'
import type { FoundSecret } from './secrets.js'

/** What an authenticator may keep and ask for again. */
export interface AuthenticatorSurroundings {
  /** Where access tokens are kept; default: nowhere. */
  readonly tokenDirectory?: string | undefined
  readonly renewSecret?: (() => Promise<string>) | undefined
}

/**
 * The sdk's authenticator for a credential.
 *
 * @throws ProtocolError `key_id_invalid`, `credential_scope_invalid`; UsageError `secret_invalid`, `private_key_invalid`,
 * `option_invalid`
 */
export function createAuthenticator(
  connection: Connection,
  { value }: FoundSecret,
  { tokenDirectory, renewSecret }: AuthenticatorSurroundings,
): Authenticator {
  const { auth, keyId, environment, api, oauth } = connection
  const method = oauth?.clientAuthentication
  if (method === 'none') return deviceTokenAuth(connection, tokenDirectory)
  const secret = createSource(value, renewSecret)
  if (auth === 'hmac') return hmacAuth({ keyId, secret, environment, api })
  if (auth === 'api-key') return apiKeyAuth({ apiKey: secret, environment })
  if (auth === 'http-signature')
    return httpSignatureAuth({ keyId, environment, privateKey: new Secret(value) })
  const { issuer, tokenEndpoint, clientId = keyId, scope, audience } = oauth ?? {}
  return clientCredentialsAuth({
    environment,
    issuer,
    tokenEndpoint,
    clientId,
    authentication: createClientAuthentication(method, secret),
    scope,
    audience,
    cache: tokenDirectory === undefined ? undefined : tokenFileCache({ directory: tokenDirectory }),
    // A sandbox on this machine has no certificate.
    allowHttpOnLoopback: environment !== 'live',
  })
}

function createClientAuthentication(
  method: Exclude<ClientAuthenticationName, 'none'> = 'client_secret_basic',
  secret: () => Promise<Secret>,
): ClientAuthentication {
  switch (method) {
    case 'private_key_jwt':
      return { method, privateKey: secret }
    case 'client_secret_basic':
    case 'client_secret_post':
      return { method, clientSecret: secret }
    default:
      return { method }
  }
}

/** First what was found already, then what is found by then. */
function createSource(value: string, renew: (() => Promise<string>) | undefined): () => Promise<Secret> {
  let isFirst = true
  return async () => {
    const known = isFirst || renew === undefined ? value : await renew()
    isFirst = false
    return new Secret(known)
  }
}
