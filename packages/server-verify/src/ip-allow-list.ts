import { VerificationError } from './errors.js'
import { type IpAddress, type IpRange, isInAnyRange, parseIpRange } from './ip-address.js'

// By the list itself, so that a store that hands out the same credential again costs no parsing.
const compiled = new WeakMap<readonly string[], readonly IpRange[]>()

/**
 * A credential may be bound to addresses. An address that is not known is not allowed.
 *
 * @param allowList addresses and CIDR ranges; `undefined`: from anywhere
 * @throws VerificationError `ip_not_allowed`
 * @throws TypeError for an entry that cannot be read; the verifier answers 503, never lets it pass
 */
export function assertAddressAllowed(
  allowList: readonly string[] | undefined,
  address: IpAddress | undefined,
): void {
  if (allowList === undefined) return
  let ranges = compiled.get(allowList)
  if (ranges === undefined) {
    ranges = allowList.map(parseIpRange)
    compiled.set(allowList, ranges)
  }
  if (address === undefined || !isInAnyRange(address, ranges)) throw new VerificationError('ip_not_allowed')
}
