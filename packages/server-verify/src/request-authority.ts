import { quoteFragment } from '@countersign/protocol'
import { VerificationError } from './errors.js'
import type { RequestHeaders } from './request-headers.js'

/** Which hosts this service answers for: a list with ports, or a rule. Compared in lower case. */
export type Authorities = readonly string[] | ((authority: string) => boolean)

/** Compiles {@link Authorities} once. An empty list is a mistake, not "any". */
export function compileAuthorities(authorities: Authorities): (authority: string) => boolean {
  if (typeof authorities === 'function') return authorities
  if (authorities.length === 0) throw new TypeError('authorities must name at least one host.')
  const allowed = new Set(authorities.map(authority => authority.toLowerCase()))
  return authority => allowed.has(authority)
}

/**
 * Settles the host of a request: the Host header, or HTTP/2's `:authority`, or both when they are equal. When only
 * `:authority` came, it becomes the `host` header that the signer signed.
 *
 * @throws VerificationError `header_invalid`, `authority_not_allowed`
 */
export function settleAuthority(
  headers: RequestHeaders,
  authority: string | undefined,
  isAllowed: (authority: string) => boolean,
): void {
  const raw = headers.get('host')
  if (raw !== undefined && authority === undefined && isAllowed(raw)) return
  const host = headers.getCanonical('host')
  if (host === undefined && authority !== undefined) {
    headers.pairs.push(['host', authority])
    headers.mustSign.push('host')
  }
  const name = host ?? authority
  if (name === undefined || name === '')
    throw new VerificationError('header_invalid', {
      part: 'host',
      message: 'The request has no Host header.',
    })
  if (authority !== undefined && host !== undefined && host !== authority)
    throw new VerificationError('header_invalid', {
      part: 'host',
      message: 'The Host header and :authority differ.',
    })
  if (!isAllowed(name.toLowerCase()))
    throw new VerificationError('authority_not_allowed', {
      part: 'host',
      message: `This service does not answer for the host ${quoteFragment(name)}.`,
    })
}
