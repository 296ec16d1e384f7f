import { type IpAddress, type IpRange, isInAnyRange, parseIpAddress } from './ip-address.js'

/** The most hops of X-Forwarded-For that are looked at. */
const MAX_HOPS = 32

/**
 * The client's address. The socket's peer, unless that is a trusted proxy: then the right-most entry of
 * X-Forwarded-For that is no trusted proxy itself. Everything left of it was written by the client and is ignored;
 * an entry that is no address ends the walk at the last hop that is known.
 *
 * @returns `undefined` when the peer has no IP address (a Unix socket)
 */
export function resolveClientAddress(
  peer: string,
  rawHeaders: readonly string[],
  trustedProxies: readonly IpRange[],
): IpAddress | undefined {
  let address = parseIpAddress(peer)
  if (trustedProxies.length === 0 || address === undefined) return address
  if (!isInAnyRange(address, trustedProxies)) return address
  const hops = readForwardedFor(rawHeaders)
  for (let i = hops.length - 1; i >= 0 && i >= hops.length - MAX_HOPS; i--) {
    const hop = parseIpAddress(hops[i]!.trim())
    if (hop === undefined) return address
    address = hop
    if (!isInAnyRange(address, trustedProxies)) return address
  }
  return address
}

function readForwardedFor(rawHeaders: readonly string[]): string[] {
  const hops: string[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.toLowerCase() !== 'x-forwarded-for') continue
    // Not `push(...)`: a list of 100,000 commas is more arguments than a call can have.
    for (const hop of rawHeaders[i + 1]!.split(',')) hops.push(hop)
  }
  return hops
}
