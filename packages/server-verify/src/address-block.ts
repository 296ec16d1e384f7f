import { AddressTable } from './address-table.js'
import type { AuditBlockEvent } from './audit-event.js'
import { VerificationError } from './errors.js'
import {
  formatClientNetwork,
  type IpAddress,
  type IpRange,
  isInAnyRange,
  parseIpAddress,
  parseIpRange,
} from './ip-address.js'

/** When an address is blocked, and for how long. */
export interface AddressBlockOptions {
  /** Failed authentications of one client address (IPv6: of one /64) in one window. Default 200. */
  readonly failures?: number | undefined
  /** Default 300. */
  readonly windowSeconds?: number | undefined
  /** Default 600. */
  readonly blockSeconds?: number | undefined
  /** Addresses and CIDR ranges that are never blocked, e.g. a partner's NAT. Default: none. */
  readonly exempt?: readonly string[] | undefined
  /** Addresses whose failures are remembered; fixed memory of 12 bytes each. Default 65,536. */
  readonly addresses?: number | undefined
  /** Addresses that are blocked at once; with one more, the one whose block ends first is let in. Default 4096. */
  readonly maxBlocked?: number | undefined
  /** The clock, ms since epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** An address that is blocked now. */
export interface BlockedAddress {
  /** IPv4 address, or IPv6 network: `203.0.113.7`, `2001:db8:0:1::/64`. */
  readonly address: string
  /** ms since epoch. */
  readonly until: number
}

/** Blocks client addresses for a time; never a key id, which anybody may put into a request. */
export interface AddressBlock {
  /** Who is blocked now; the longest blocks last. */
  blocked(): readonly BlockedAddress[]
  /**
   * Lets an address in again and forgets its failures.
   *
   * @param address as `blocked` lists it, or any address of an IPv6 /64
   * @returns whether it was blocked
   * @throws TypeError it is no address
   */
  unblock(address: string): boolean
  /** @internal @throws VerificationError `address_blocked` */
  assertNotBlocked(address: IpAddress): void
  /** @internal Somebody there could not prove who he is. */
  failed(address: IpAddress): void
  /** @internal Somebody there could. */
  succeeded(address: IpAddress): void
  /** @internal Told about each block and each `unblock`. */
  onChange(listener: (event: AuditBlockEvent) => void): void
}

/**
 * Makes a block for one or several verifiers of a process. An address from which an authenticated request came in this
 * window or the one before is not blocked, only limited (`preAuthLimit`): there are partners behind it, and perhaps a
 * NAT or a proxy that `trustedProxies` should name.
 *
 * @throws TypeError a range that is none
 *
 * @example
 * ```ts
 * import { createAddressBlock } from '@countersign/server-verify'
 *
 * const addressBlock = createAddressBlock({ failures: 100, exempt: ['198.51.100.0/24'] })
 * for (const { address, until } of addressBlock.blocked()) console.log(address, new Date(until))
 * console.log(addressBlock.unblock('203.0.113.7')) // false
 * ```
 */
export function createAddressBlock(options: AddressBlockOptions = {}): AddressBlock {
  return new TableBlock(options)
}

class TableBlock implements AddressBlock {
  readonly #table: AddressTable
  readonly #failures: number
  readonly #blockMs: number
  readonly #maxBlocked: number
  readonly #exempt: readonly IpRange[]
  readonly #now: () => number
  readonly #untilOf = new Map<string, number>()
  readonly #listeners: ((event: AuditBlockEvent) => void)[] = []

  constructor(options: AddressBlockOptions) {
    this.#table = new AddressTable(options.addresses ?? 65_536, options.windowSeconds ?? 300)
    this.#failures = options.failures ?? 200
    this.#blockMs = (options.blockSeconds ?? 600) * 1000
    this.#maxBlocked = options.maxBlocked ?? 4096
    this.#exempt = (options.exempt ?? []).map(parseIpRange)
    this.#now = options.now ?? Date.now
  }

  blocked(): readonly BlockedAddress[] {
    this.#dropExpired()
    return [...this.#untilOf].map(([address, until]) => ({ address, until }))
  }

  unblock(text: string): boolean {
    const address = parseIpAddress(text.replace(/\/64$/, ''))
    if (address === undefined) throw new TypeError(`${JSON.stringify(text)} is no IP address.`)
    this.#dropExpired()
    const network = formatClientNetwork(address)
    this.#table.forget(this.#table.slot(address, this.#now()))
    if (!this.#untilOf.delete(network)) return false
    this.#tell({ time: this.#time(), kind: 'address_unblocked', address: network })
    return true
  }

  assertNotBlocked(address: IpAddress): void {
    // Nobody is blocked, most of the time: then nobody pays for it.
    if (this.#untilOf.size === 0) return
    const network = formatClientNetwork(address)
    const left = (this.#untilOf.get(network) ?? 0) - this.#now()
    if (left > 0) throw new VerificationError('address_blocked', { retryAfter: Math.ceil(left / 1000) })
    this.#untilOf.delete(network)
  }

  failed(address: IpAddress): void {
    const now = this.#now()
    const slot = this.#table.slot(address, now)
    this.#table.add(slot, 1)
    if (this.#table.count(slot) < this.#failures || this.#table.isKnown(slot)) return
    if (isInAnyRange(address, this.#exempt)) return
    this.#table.forget(slot)
    const network = formatClientNetwork(address)
    // Several were on their way when the block began.
    if (this.#untilOf.has(network)) return
    if (this.#untilOf.size >= this.#maxBlocked) this.#makeRoom()
    const until = now + this.#blockMs
    this.#untilOf.set(network, until)
    this.#tell({
      time: this.#time(),
      kind: 'address_blocked',
      address: network,
      until: new Date(until).toISOString(),
    })
  }

  succeeded(address: IpAddress): void {
    this.#table.markKnown(this.#table.slot(address, this.#now()))
  }

  onChange(listener: (event: AuditBlockEvent) => void): void {
    this.#listeners.push(listener)
  }

  // All blocks are equally long, so the first in the map ends first.
  #makeRoom(): void {
    this.#dropExpired()
    if (this.#untilOf.size < this.#maxBlocked) return
    for (const network of this.#untilOf.keys()) {
      this.#untilOf.delete(network)
      return
    }
  }

  #dropExpired(): void {
    const now = this.#now()
    for (const [network, until] of this.#untilOf) {
      if (until > now) return
      this.#untilOf.delete(network)
    }
  }

  #time(): string {
    return new Date(this.#now()).toISOString()
  }

  #tell(event: AuditBlockEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}
