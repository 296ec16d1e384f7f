import { AddressTable } from './address-table.js'
import { VerificationError } from './errors.js'
import type { IpAddress } from './ip-address.js'

/** The limiter before authentication. */
export interface PreAuthLimit {
  /** Requests of one client address (IPv6: of one /64) in one window that may fail to authenticate. Default 300. */
  readonly failures?: number | undefined
  /** Default 60. */
  readonly windowSeconds?: number | undefined
  /** Addresses that are remembered; fixed memory of 12 bytes each. Default 65,536. */
  readonly addresses?: number | undefined
}

/**
 * Every request is charged to its client address before it is looked at, and refunded once it is authenticated, so
 * only failures count.
 */
export class AddressLimiter {
  readonly #table: AddressTable
  readonly #limit: number

  constructor(options: PreAuthLimit) {
    this.#limit = options.failures ?? 300
    this.#table = new AddressTable(options.addresses ?? 65_536, options.windowSeconds ?? 60)
  }

  /**
   * @returns the slot, for `refund`
   * @throws VerificationError `rate_limited`
   */
  charge(address: IpAddress, now: number): number {
    const slot = this.#table.slot(address, now)
    if (this.#table.count(slot) >= this.#limit) {
      const retryAfter = this.#table.secondsLeft(now)
      throw new VerificationError('rate_limited', { detail: 'address_limited', retryAfter })
    }
    this.#table.add(slot, 1)
    return slot
  }

  /** The request was authenticated: it does not count. */
  refund(slot: number): void {
    this.#table.add(slot, -1)
  }
}
