import { createHash, timingSafeEqual } from 'node:crypto'
import { ApiKeyError, parseApiKey } from '@countersign/protocol'
import { readBearerHeaders } from '../bearer-headers.js'
import type { Credential } from '../credential.js'
import { VerificationError } from '../errors.js'
import type { ParsedRequest } from '../parsed-request.js'
import { isPending } from '../pending.js'
import { readBasicPassword } from './basic-authorization.js'
import type {
  Authenticated,
  PreparedScheme,
  SchemeAttempt,
  SchemeSettings,
  VerificationScheme,
} from './verification-scheme.js'

/** How API keys are accepted. */
export interface ApiKeyOptions {
  /**
   * Also as HTTP Basic, for partners whose system can do nothing else: any user name and the key as password, or the
   * key as user name and an empty password. Default `false`.
   */
  readonly basic?: boolean | undefined
}

const BEARER_KEY = /^bearer +(pk_[^ ]*) *$/i
const NOBODYS_SHA256 = Buffer.alloc(32)

/**
 * API keys (`pk_<environment>_<keyId>_<secret><checksum>`) in `X-API-Key` or `Authorization: Bearer`. They prove who
 * sent a request but nothing about the request: no replay protection, no integrity beyond TLS.
 *
 * @example
 * ```ts
 * import { apiKey } from '@countersign/server-verify'
 *
 * console.log(apiKey({ basic: true }).name) // api-key
 * ```
 */
export function apiKey(options: ApiKeyOptions = {}): VerificationScheme {
  const basic = options.basic ?? false
  return { name: 'api-key', prepare: settings => new ApiKeyScheme(basic, settings) }
}

class ApiKeyScheme implements PreparedScheme {
  readonly name = 'api-key' as const
  readonly challenges: readonly string[]
  readonly #basic: boolean
  readonly #settings: SchemeSettings

  constructor(basic: boolean, settings: SchemeSettings) {
    this.#basic = basic
    this.#settings = settings
    this.challenges = basic
      ? [`Basic realm="${settings.api}", charset="UTF-8"`]
      : [`ApiKey realm="${settings.api}"`]
  }

  find({ headers }: ParsedRequest): string | undefined {
    const own = headers.getCanonical('x-api-key')
    if (own !== undefined) return own
    const authorization = headers.get('authorization')
    if (authorization === undefined) return undefined
    return BEARER_KEY.exec(authorization)?.[1] ?? (this.#basic ? readBasicPassword(authorization) : undefined)
  }

  authenticate(
    request: ParsedRequest,
    key: string,
    attempt: SchemeAttempt,
  ): Authenticated | Promise<Authenticated> {
    const { environment, keyId } = readApiKey(key)
    if (environment !== this.#settings.environment) throw refuse('credential_environment')
    attempt.waitingFor = 'credential store'
    const found = this.#settings.credentials.findByKeyId(keyId)
    return isPending(found)
      ? found.then(credential => conclude(request, key, credential, attempt))
      : conclude(request, key, found, attempt)
  }
}

function conclude(
  request: ParsedRequest,
  key: string,
  found: Credential | undefined,
  attempt: SchemeAttempt,
): Authenticated {
  attempt.waitingFor = undefined
  const credential = found?.kind === 'api-key' ? found : undefined
  const presented = createHash('sha256').update(key, 'latin1').digest()
  const stored = credential === undefined ? NOBODYS_SHA256 : Buffer.from(credential.secretSha256, 'hex')
  // An unknown key takes the same steps; its comparison cannot succeed.
  const matches = stored.length === presented.length && timingSafeEqual(presented, stored)
  if (credential === undefined) throw refuse('unknown_key')
  if (!matches) throw refuse('key_mismatch')
  attempt.authenticated(credential)
  attempt.hashBody()
  return { credential, signedHeaders: () => readBearerHeaders(request), claim: undefined }
}

function readApiKey(text: string): ReturnType<typeof parseApiKey> {
  try {
    return parseApiKey(text)
  } catch (error) {
    if (!(error instanceof ApiKeyError)) throw error
    throw new VerificationError('api_key_malformed', { part: 'api-key', message: error.message })
  }
}

function refuse(detail: string): VerificationError {
  return new VerificationError('invalid_credentials', { detail })
}
