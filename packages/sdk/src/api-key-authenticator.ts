import { ApiKeyError, parseApiKey } from '@countersign/protocol'
import type { Authenticator } from './authenticator.js'
import { addCredential } from './credential-headers.js'
import { UsageError } from './errors.js'
import type { OutgoingRequest } from './outgoing-request.js'
import { RotatingCredential } from './rotating-credential.js'
import { Secret, type SecretSource } from './secret.js'

/** An API key, as the platform issued it. */
export interface ApiKeyAuthOptions {
  /**
   * `pk_<environment>_…`, as issued. A function is called when the key is first needed, and again when the server
   * refuses it.
   */
  readonly apiKey: SecretSource
  /** `live`, `sandbox` …; the key must be of this environment. */
  readonly environment: string
}

/**
 * Sends an API key (`X-API-Key`) with every request. The key is checked for typing errors before it is sent anywhere.
 * A key proves who calls and nothing about the request: prefer `hmacAuth` where there is a choice.
 *
 * @throws UsageError `secret_invalid`: no API key, mistyped, or of another environment. What a function returns is checked
 * at the first request; a function that fails rejects it with `secret_unavailable`.
 *
 * @example
 * ```ts
 * import { apiKeyAuth, PartnerClient, secretFromFile } from '@countersign/sdk'
 *
 * const client = new PartnerClient({
 *   baseUrl: 'https://api.example.com',
 *   auth: apiKeyAuth({ apiKey: secretFromFile('/run/secrets/partner-api-key'), environment: 'live' }),
 * })
 * await client.close()
 * ```
 */
export function apiKeyAuth(options: ApiKeyAuthOptions): Authenticator {
  const { environment } = options
  const credential = new RotatingCredential(options.apiKey, 'the API key', text => {
    checkApiKey(text, environment)
    return { key: new Secret(text) }
  })
  const sentWith = new WeakMap<OutgoingRequest, { readonly key: Secret }>()
  return {
    environment,
    authenticate(request) {
      const add = (current: { readonly key: Secret }): OutgoingRequest => {
        const sent = addCredential(request, [['x-api-key', current.key.reveal()]])
        sentWith.set(sent, current)
        return sent
      }
      return credential.current === undefined ? credential.load().then(add) : add(credential.current)
    },
    async refresh(refused, { code }) {
      return code === 'invalid_credentials' && credential.renew(sentWith.get(refused))
    },
  }
}

function checkApiKey(text: string, environment: string): void {
  try {
    const found = parseApiKey(text).environment
    if (found === environment) return
    const message = `The API key is of the environment ${found}, not ${environment}. Use the key that was issued for ${environment}.`
    throw new UsageError('secret_invalid', message)
  } catch (error) {
    throw error instanceof ApiKeyError ? new UsageError('secret_invalid', error.message) : error
  }
}
