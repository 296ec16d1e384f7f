/** The parts of an API key, `pk_<environment>_<keyId>_<secret><checksum>`. */
export interface ApiKey {
  /** `live`, `sandbox` …: 1 to 64 of `a-z`. */
  readonly environment: string
  /** 8 to 64 of `0-9 A-Z a-z`. Public. */
  readonly keyId: string
  /** 43 of `0-9 A-Z a-z`: 256 random bits. Opaque text, never decoded. */
  readonly secret: string
}

/** Which part of an API key is wrong; `form`: it does not start with `pk_` or has not three parts. */
export type ApiKeyPart = 'form' | 'environment' | 'keyId' | 'secret' | 'checksum'

/**
 * A text that is no API key. Match on `code`. Nothing of the text stands in `message`: it may be a secret.
 *
 * @example
 * ```ts
 * import { ApiKeyError, parseApiKey } from '@countersign/protocol'
 *
 * try {
 *   parseApiKey('pk_live_mistyped')
 * } catch (error) {
 *   if (error instanceof ApiKeyError) console.log(error.code, error.part) // api_key_invalid form
 * }
 * ```
 */
export class ApiKeyError extends Error {
  override readonly name = 'ApiKeyError' as const
  readonly code = 'api_key_invalid' as const
  readonly part: ApiKeyPart

  constructor(part: ApiKeyPart) {
    super(MESSAGES[part])
    this.part = part
  }
}

const MESSAGES: Readonly<Record<ApiKeyPart, string>> = {
  form: 'An API key must have the form pk_<environment>_<keyId>_<secret>. Copy it once more, without anything around it.',
  environment: 'The environment in the API key must be 1 to 64 lower-case letters a-z.',
  keyId: 'The key id in the API key must be 8 to 64 characters of 0-9 A-Z a-z.',
  secret: 'The last part of the API key must be 49 characters of 0-9 A-Z a-z. Copy the whole key once more.',
  checksum: 'The checksum of the API key does not fit: it was mistyped or cut. Copy it once more.',
}
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SECRET_LENGTH = 43
const CHECKSUM_LENGTH = 6
const FORMS = {
  environment: /^[a-z]{1,64}$/,
  keyId: /^[0-9A-Za-z]{8,64}$/,
  secret: /^[0-9A-Za-z]{43}$/,
} as const

/**
 * Writes an API key: its parts and their checksum, the CRC-32 (as in zlib) of everything before it in base62, padded
 * with zeros on the left to 6 characters (`test-vectors/README.md`, "API keys").
 *
 * @throws ApiKeyError `api_key_invalid`, naming the part
 *
 * @example
 * ```ts
 * import { formatApiKey } from '@countersign/protocol'
 *
 * const secret = 'NotASecretOnlyForVectors0123456789abcdefghi'
 * console.log(formatApiKey({ environment: 'live', keyId: 'demoAcmeKey1', secret }).slice(-6)) // 0cPRIa
 * ```
 */
export function formatApiKey(key: ApiKey): string {
  for (const part of ['environment', 'keyId', 'secret'] as const)
    if (!FORMS[part].test(key[part])) throw new ApiKeyError(part)
  const body = `pk_${key.environment}_${key.keyId}_${key.secret}`
  return `${body}${createChecksum(body)}`
}

/**
 * Reads an API key, split from the right, and checks its checksum: a mistyped key is refused without a look-up. That
 * says nothing about whether anybody has this key.
 *
 * @throws ApiKeyError `api_key_invalid`, naming the first wrong part: form, environment, keyId, secret, checksum
 *
 * @example
 * ```ts
 * import { parseApiKey } from '@countersign/protocol'
 *
 * const { environment, keyId } = parseApiKey(
 *   'pk_live_demoAcmeKey1_NotASecretOnlyForVectors0123456789abcdefghi0cPRIa',
 * )
 * console.log(environment, keyId) // live demoAcmeKey1
 * ```
 */
export function parseApiKey(text: string): ApiKey {
  const secretMark = text.lastIndexOf('_')
  const keyIdMark = text.lastIndexOf('_', secretMark - 1)
  if (!text.startsWith('pk_') || keyIdMark < 3 || secretMark === keyIdMark) throw new ApiKeyError('form')
  const environment = text.slice(3, keyIdMark)
  const keyId = text.slice(keyIdMark + 1, secretMark)
  const tail = text.slice(secretMark + 1)
  const secret = tail.slice(0, SECRET_LENGTH)
  if (!FORMS.environment.test(environment)) throw new ApiKeyError('environment')
  if (!FORMS.keyId.test(keyId)) throw new ApiKeyError('keyId')
  if (!/^[0-9A-Za-z]{49}$/.test(tail)) throw new ApiKeyError('secret')
  if (createChecksum(text.slice(0, -CHECKSUM_LENGTH)) !== tail.slice(SECRET_LENGTH))
    throw new ApiKeyError('checksum')
  return { environment, keyId, secret }
}

// Not in constant time, and need not be: the checksum follows from the rest and hides nothing.
function createChecksum(text: string): string {
  let number = crc32(text)
  let digits = ''
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = `${BASE62[number % 62]}${digits}`
    number = Math.floor(number / 62)
  }
  return digits
}

// CRC-32 as in zlib, gzip and PNG (reflected 0x04C11DB7), bit by bit: a key is short.
function crc32(text: string): number {
  let crc = 0xffffffff
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i)
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
