import type { Credential } from './credential.js'
import { VerificationError } from './errors.js'

/** Where a credential is being used. */
export interface PlaceOfUse {
  readonly environment: string
  readonly api: string
}

/**
 * State, validity, environment and API of a credential whose proof holds. Outside all of them are
 * `invalid_credentials`; the audit record tells them apart.
 *
 * @throws VerificationError `invalid_credentials`
 */
export function assertCredentialValid(credential: Credential, place: PlaceOfUse, now: number): void {
  const detail = findFault(credential, place, now)
  if (detail !== undefined) throw new VerificationError('invalid_credentials', { detail })
}

// Comparisons stand so that NaN is a fault.
function findFault(
  credential: Credential,
  { environment, api }: PlaceOfUse,
  now: number,
): string | undefined {
  const { state, notBefore, notAfter } = credential
  if (state !== 'active') return 'credential_revoked'
  if (notBefore !== undefined && !(notBefore <= now)) return 'credential_not_yet_valid'
  if (notAfter !== undefined && !(now < notAfter)) return 'credential_expired'
  if (credential.environment !== environment) return 'credential_environment'
  if (credential.api !== undefined && credential.api !== api) return 'credential_api'
  return undefined
}
