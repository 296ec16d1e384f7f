import { quoteFragment } from '@countersign/protocol'
import { VerificationError } from './errors.js'

/**
 * The floor of `spec/partner-signing.md` §9, whatever the signer chose: host, the date header, and every present
 * header that a service might act on.
 *
 * @param mustSign present headers that the rules name, see `readRequestHeaders`
 * @throws VerificationError `header_not_signed`
 */
export function assertRequiredSigned(
  signedHeaders: readonly string[],
  dateHeader: string,
  mustSign: readonly string[],
): void {
  if (!signedHeaders.includes('host')) throw refuse('host')
  if (!signedHeaders.includes(dateHeader)) throw refuse(dateHeader)
  for (const name of mustSign) if (!signedHeaders.includes(name)) throw refuse(name)
}

function refuse(name: string): VerificationError {
  return new VerificationError('header_not_signed', {
    part: name.length > 64 ? `${name.slice(0, 64)}…` : name,
    message: `The header ${quoteFragment(name)} must be signed. Add it to SignedHeaders, or do not send it.`,
  })
}
