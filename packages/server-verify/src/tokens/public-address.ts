import { type IpAddress, isInAnyRange, parseIpRange } from '../ip-address.js'

// What IANA's special-purpose registries take out of the public space (RFC 6890 and updates). A server that fetches
// an address chosen by someone else must not reach into its own network.
const NOT_PUBLIC_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map(parseIpRange)
// Only 2000::/3 is handed out at all; `2001::/23` holds Teredo, `2002::/16` wraps any IPv4 address.
const GLOBAL_V6 = [parseIpRange('2000::/3')]
const NOT_PUBLIC_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].map(parseIpRange)
const LOOPBACK = ['127.0.0.0/8', '::1'].map(parseIpRange)

/** Whether an address belongs to the public internet. */
export function isPublicAddress(address: IpAddress): boolean {
  if (address.length === 4) return !isInAnyRange(address, NOT_PUBLIC_V4)
  return isInAnyRange(address, GLOBAL_V6) && !isInAnyRange(address, NOT_PUBLIC_V6)
}

export function isLoopbackAddress(address: IpAddress): boolean {
  return isInAnyRange(address, LOOPBACK)
}
