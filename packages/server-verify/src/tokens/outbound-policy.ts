import { type LookupAddress, lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { type IpRange, isInAnyRange, parseIpAddress, parseIpRange } from '../ip-address.js'
import { isLoopbackAddress, isPublicAddress } from './public-address.js'

/** Where a service may be that this one asks. */
export interface OutboundOptions {
  /**
   * Also `http:` and loopback addresses. For tests and a sandbox on one machine; never where anyone else can name the
   * address. Default `false`.
   */
  readonly unsafeAllowLoopback?: boolean | undefined
  /**
   * Ranges beyond the public internet, for a server inside the platform's own network, e.g. `10.20.0.0/16`. Never for
   * an address that a partner named. Default: none.
   */
  readonly privateAddresses?: readonly string[] | undefined
  /** PEM of the authorities that its TLS certificate must come from. Default: Node's own list. */
  readonly certificateAuthorities?: string | undefined
}

/** {@link OutboundOptions} made ready. */
export interface OutboundPolicy {
  readonly unsafeAllowLoopback: boolean
  readonly privateRanges: readonly IpRange[]
  readonly certificateAuthorities: string | undefined
}

export function createOutboundPolicy(options: OutboundOptions): OutboundPolicy {
  return {
    unsafeAllowLoopback: options.unsafeAllowLoopback ?? false,
    privateRanges: (options.privateAddresses ?? []).map(parseIpRange),
    certificateAuthorities: options.certificateAuthorities,
  }
}

/**
 * @param what names the option in the message
 * @throws TypeError a mistake in configuration: not https, user or fragment in it, an address that is not allowed
 */
export function assertOutboundUrl(what: string, text: string, policy: OutboundPolicy): URL {
  if (!URL.canParse(text)) throw new TypeError(`${what} must be a URL.`)
  const url = new URL(text)
  const isLoopbackHttp = policy.unsafeAllowLoopback && url.protocol === 'http:' && isLoopbackName(hostOf(url))
  if (url.protocol !== 'https:' && !isLoopbackHttp)
    throw new TypeError(
      `${what} must start with https:// (${JSON.stringify(url.origin)}). On loopback, for tests: unsafeAllowLoopback.`,
    )
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    throw new TypeError(`${what} must hold no user, password or fragment.`)
  if (isIP(hostOf(url)) !== 0) assertReachable([hostOf(url)], policy)
  return url
}

/** A host without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

/** @throws TypeError one of the addresses is not allowed: a name with a public and a private address is a trap */
export function assertReachable(addresses: readonly string[], policy: OutboundPolicy): void {
  for (const text of addresses) {
    const address = parseIpAddress(text)
    const isAllowed =
      address !== undefined &&
      (isPublicAddress(address) ||
        (policy.unsafeAllowLoopback && isLoopbackAddress(address)) ||
        isInAnyRange(address, policy.privateRanges))
    if (!isAllowed)
      throw new TypeError(
        `${JSON.stringify(text)} is no public address. For a server of the platform's own network: privateAddresses.`,
      )
  }
}

/** A look-up of names for node:net: what it hands out is what is connected to, so there is no second answer to trust. */
export function createGuardedLookup(policy: OutboundPolicy): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, '', 0)
      try {
        assertReachable(
          addresses.map(({ address }) => address),
          policy,
        )
      } catch (refusal) {
        return callback(refusal as Error, '', 0)
      }
      const [first] = addresses
      if (first === undefined) return callback(new Error(`${hostname} has no address.`), '', 0)
      if (options.all === true) return callback(null, addresses)
      return callback(null, first.address, first.family)
    })
  }
}

function isLoopbackName(host: string): boolean {
  const address = parseIpAddress(host)
  return host === 'localhost' || (address !== undefined && isLoopbackAddress(address))
}
