import { parseKeyId } from '@countersign/protocol'
import type { CredentialBase } from '../credential.js'
import { CredentialError } from '../credential-error.js'
import { parseIpRange } from '../ip-address.js'

/** Whose a credential is and what it may do. Times are ms since epoch. */
export type CredentialRestrictions = Omit<CredentialBase, 'keyId' | 'state' | 'createdAt'>

const NAME = /^[A-Za-z0-9._-]{1,64}$/
/** RFC 6749 §3.3 */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/
const THUMBPRINT = /^[0-9a-f]{64}$/

/**
 * Checks what a person or program gave, before anything is stored.
 *
 * @throws CredentialError `credential_invalid`
 */
export function assertRestrictions(restrictions: CredentialRestrictions, now: number): void {
  const { partnerId, environment, api, scopes, roles, restrictedTo } = restrictions
  for (const [name, value] of Object.entries({
    partnerId,
    environment,
    ...(api === undefined ? {} : { api }),
  }))
    if (!NAME.test(value)) throw invalid(name, 'must be 1 to 64 of A-Z a-z 0-9 . _ -')
  if (scopes.length === 0 && (roles ?? []).length === 0)
    throw invalid('scopes', 'is empty and there is no role: the credential could do nothing')
  for (const [name, list] of Object.entries({ scopes, roles, restrictedTo }))
    for (const item of list ?? [])
      if (!SCOPE.test(item)) throw invalid(name, 'must be words without spaces, quotes and backslashes')
  assertTimes(restrictions, now)
  assertAddresses(restrictions.ipAllowList)
  for (const thumbprint of restrictions.certificates ?? [])
    if (!THUMBPRINT.test(thumbprint))
      throw invalid('certificates', 'must be SHA-256 thumbprints, 64 lower-case hex digits')
}

/** @throws CredentialError `credential_invalid` */
export function assertKeyId(keyId: string): void {
  try {
    parseKeyId(keyId)
  } catch (error) {
    throw new CredentialError('credential_invalid', 'A key id must be 8 to 64 of A-Z a-z 0-9 _ -.', error)
  }
}

// Comparisons stand so that NaN is refused.
function assertTimes({ notBefore, notAfter }: CredentialRestrictions, now: number): void {
  for (const [name, time] of Object.entries({ notBefore, notAfter }))
    if (time !== undefined && !Number.isSafeInteger(time))
      throw invalid(name, 'must be a time in milliseconds')
  if (notAfter === undefined) return
  if (!(notAfter > now)) throw invalid('notAfter', 'lies in the past')
  if (notBefore !== undefined && !(notAfter > notBefore))
    throw invalid('notAfter', 'is not later than notBefore')
}

function assertAddresses(list: readonly string[] | undefined): void {
  try {
    list?.forEach(parseIpRange)
  } catch (error) {
    throw new CredentialError('credential_invalid', (error as Error).message, error)
  }
}

function invalid(name: string, fault: string): CredentialError {
  return new CredentialError('credential_invalid', `${name} ${fault}.`)
}
