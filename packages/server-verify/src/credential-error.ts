/**
 * - `credential_unknown`: there is no credential of that key id
 * - `credential_exists`: there is one already
 * - `credential_revoked`, `credential_expired`: it is past the change that was asked for
 * - `credential_kind`: the change does not go with its kind
 * - `credential_invalid`: a member cannot be what was given
 * - `secret_reused`: the secret belongs to another key id already; a signature would fit both
 * - `public_key_invalid`: it is no public key that may sign requests
 * - `challenge_invalid`, `challenge_expired`: what was to be signed at the enrolment of a key is malformed or too old
 * - `proof_invalid`: the signature does not show that the partner holds the private key
 * - `store_missing`: the store has never been written to
 * - `store_invalid`: what the store holds is no credential of ours
 * - `store_busy`: another process is changing the store and does not come to an end
 * - `store_outdated`, `store_newer`: the form of the store is older or newer than this program
 */
export type CredentialErrorCode =
  | 'credential_unknown'
  | 'credential_exists'
  | 'credential_revoked'
  | 'credential_expired'
  | 'credential_kind'
  | 'credential_invalid'
  | 'secret_reused'
  | 'public_key_invalid'
  | 'challenge_invalid'
  | 'challenge_expired'
  | 'proof_invalid'
  | 'store_missing'
  | 'store_invalid'
  | 'store_busy'
  | 'store_outdated'
  | 'store_newer'

/**
 * A credential could not be issued, changed or read. Match on `code`. No secret stands in `message`.
 *
 * @example
 * ```ts
 * import { CredentialError } from '@countersign/server-verify'
 *
 * const error = new CredentialError('credential_unknown', 'There is no credential acme_2026_a.')
 * console.log(error.code) // credential_unknown
 * ```
 */
export class CredentialError extends Error {
  override readonly name = 'CredentialError' as const
  readonly code: CredentialErrorCode

  constructor(code: CredentialErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/** @internal */
export function createUnknownError(keyId: string): CredentialError {
  return new CredentialError('credential_unknown', `There is no credential ${JSON.stringify(keyId)}.`)
}

/** @internal */
export function createExistsError(keyId: string): CredentialError {
  return new CredentialError('credential_exists', `There is a credential ${keyId} already.`)
}

/** @internal */
export function createReusedError(keyId: string): CredentialError {
  return new CredentialError(
    'secret_reused',
    `The secret of ${keyId} belongs to another key id already. Issue a secret of its own.`,
  )
}
