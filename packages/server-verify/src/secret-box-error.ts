/**
 * - `key_encryption_key_missing`: none was given, but a secret has to be sealed or opened
 * - `key_encryption_key_unknown`: the secret was sealed under a key-encryption key that is not among those given
 * - `key_encryption_key_invalid`: a key-encryption key is no 256-bit key, or its id is no id, or two share one id
 * - `secret_unreadable`: the sealed secret was changed, moved to another record, or sealed under another key of that id
 */
export type SecretBoxErrorCode =
  | 'key_encryption_key_missing'
  | 'key_encryption_key_unknown'
  | 'key_encryption_key_invalid'
  | 'secret_unreadable'

/**
 * A secret could not be sealed or opened. Match on `code`. No key and no secret stands in `message`.
 *
 * @example
 * ```ts
 * import { createSecretBox, SecretBoxError } from '@countersign/server-verify'
 *
 * try {
 *   createSecretBox({ keys: [] })
 * } catch (error) {
 *   if (error instanceof SecretBoxError) console.log(error.code) // key_encryption_key_missing
 * }
 * ```
 */
export class SecretBoxError extends Error {
  override readonly name = 'SecretBoxError' as const
  readonly code: SecretBoxErrorCode

  constructor(code: SecretBoxErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
