import { isIPv6 } from 'node:net'

/** An address as bytes: 4 for IPv4, 16 for IPv6. An IPv4 address mapped into IPv6 is the IPv4 address. */
export type IpAddress = Uint8Array

/** `undefined` for anything that is no plain address (a zone id, a port, a name). */
export function parseIpAddress(text: string): IpAddress | undefined {
  const dotted = readDotted(text)
  if (dotted !== undefined) return dotted
  if (!isIPv6(text) || text.includes('%')) return undefined
  const bytes = readGroups(text)
  return isMapped(bytes) ? bytes.subarray(12) : bytes
}

/** A range of addresses. */
export interface IpRange {
  readonly address: IpAddress
  readonly prefixLength: number
}

/**
 * Reads an address or CIDR range, e.g. `203.0.113.7`, `198.51.100.0/24`, `2001:db8::/32`.
 *
 * @throws TypeError a mistake in configuration
 */
export function parseIpRange(text: string): IpRange {
  const slash = text.indexOf('/')
  const address = parseIpAddress(slash === -1 ? text : text.slice(0, slash))
  if (address === undefined)
    throw new TypeError(`${JSON.stringify(text)} is neither an IP address nor a CIDR range.`)
  const bits = address.length * 8
  if (slash === -1) return { address, prefixLength: bits }
  const prefix = text.slice(slash + 1)
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(prefix) || Number(prefix) > bits)
    throw new TypeError(`${JSON.stringify(text)} must end in a prefix length of 0 to ${bits}.`)
  return { address, prefixLength: Number(prefix) }
}

export function isInRange(address: IpAddress, range: IpRange): boolean {
  if (address.length !== range.address.length) return false
  const whole = range.prefixLength >> 3
  for (let i = 0; i < whole; i++) if (address[i] !== range.address[i]) return false
  const rest = range.prefixLength & 7
  return rest === 0 || (address[whole]! ^ range.address[whole]!) >> (8 - rest) === 0
}

export function isInAnyRange(address: IpAddress, ranges: readonly IpRange[]): boolean {
  for (const range of ranges) if (isInRange(address, range)) return true
  return false
}

/** What a client is taken for: its IPv4 address, or the /64 that its IPv6 address lies in. */
export function formatClientNetwork(address: IpAddress): string {
  if (address.length === 4) return address.join('.')
  const groups = [0, 2, 4, 6].map(i => ((address[i]! << 8) | address[i + 1]!).toString(16))
  return `${groups.join(':')}::/64`
}

// Four decimal numbers without leading zeros (`010` is 8 to some and 10 to others).
function readDotted(text: string): Uint8Array | undefined {
  if (text.length > 15) return undefined
  const bytes = new Uint8Array(4)
  let part = 0
  let value = -1
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x2e) {
      if (value === -1 || part === 3) return undefined
      bytes[part++] = value
      value = -1
    } else {
      const digit = code - 0x30
      if (digit < 0 || digit > 9 || value === 0) return undefined
      value = value === -1 ? digit : value * 10 + digit
      if (value > 255) return undefined
    }
  }
  if (part !== 3 || value === -1) return undefined
  bytes[3] = value
  return bytes
}

function readGroups(text: string): Uint8Array {
  const [head, tail] = text.split('::') as [string, string | undefined]
  const before = readSide(head)
  const after = tail === undefined ? [] : readSide(tail)
  const bytes = new Uint8Array(16)
  bytes.set(before)
  bytes.set(after, 16 - after.length)
  return bytes
}

function readSide(side: string): number[] {
  if (side === '') return []
  return side.split(':').flatMap(group => {
    if (group.includes('.')) return [...readDotted(group)!]
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

function isMapped(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false
  return bytes[10] === 0xff && bytes[11] === 0xff
}
