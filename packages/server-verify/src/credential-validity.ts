import type { Credential } from './credential-store.js'
import { VerificationError } from './errors.js'

/**
 * State, validity and environment of a credential whose MAC fits. Outside all of them are `invalid_credentials`;
 * the audit record tells them apart.
 *
 * @throws VerificationError `invalid_credentials`
 */
export function assertCredentialValid(credential: Credential, environment: string, now: number): void {
  const detail = findFault(credential, environment, now)
  if (detail !== undefined) throw new VerificationError('invalid_credentials', { detail })
}

// Comparisons stand so that NaN is a fault.
function findFault(credential: Credential, environment: string, now: number): string | undefined {
  const { state, notBefore, notAfter } = credential
  if (state !== 'active') return 'credential_revoked'
  if (notBefore !== undefined && !(notBefore <= now)) return 'credential_not_yet_valid'
  if (notAfter !== undefined && !(now < notAfter)) return 'credential_expired'
  if (credential.environment !== environment) return 'credential_environment'
  return undefined
}
