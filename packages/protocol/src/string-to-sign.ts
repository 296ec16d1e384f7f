import { sha256HexOfText } from '#sha256'
import { type CredentialScope, formatCredentialScope } from './credential-scope.js'
import type { SigningScheme } from './signing-scheme.js'

/**
 * The string to sign: algorithm, timestamp, credential scope and the SHA-256 of the canonical request, one per line
 * (`spec/partner-signing.md` §6).
 *
 * @param timestamp the value of the date header, `yyyymmddThhmmssZ`
 *
 * @example
 * ```ts
 * import { createStringToSign, PARTNER_SCHEME } from '@countersign/protocol'
 *
 * const scope = { date: '20261121', environment: 'live', api: 'orders', terminator: PARTNER_SCHEME.terminator }
 * console.log(createStringToSign(PARTNER_SCHEME, '20261121T233040Z', scope, 'GET\n/…'))
 * ```
 */
export function createStringToSign(
  scheme: SigningScheme,
  timestamp: string,
  scope: CredentialScope,
  canonicalRequest: string,
): string {
  return `${scheme.algorithm}\n${timestamp}\n${formatCredentialScope(scope)}\n${sha256HexOfText(canonicalRequest)}`
}
