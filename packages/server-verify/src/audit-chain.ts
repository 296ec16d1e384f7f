import { hash, randomBytes } from 'node:crypto'
import { formatAuditLine } from './audit-line.js'

/** A place in a chain. */
export interface ChainPosition {
  /** Id of the chain, 32 hex digits; random, one per process and unbroken run of its sink. */
  readonly chain: string
  /** The first record of a chain is 1. */
  readonly seq: number
  /** Hash of that record, 64 hex digits. */
  readonly hash: string
}

/** What the first record of a chain follows. */
export const CHAIN_START: string = '0'.repeat(64)

/** A chained line in its parts. */
export interface ChainedLine extends ChainPosition {
  /** Hash of the record before. */
  readonly prev: string
}

// Printable ASCII only, as it was written: a line that came as text must not hold characters that share a low byte.
const CHAINED =
  /^\{"chain":"([0-9a-f]{32})","seq":([1-9][0-9]{0,15}),"prev":"([0-9a-f]{64})",[\x20-\x7e]*,"hash":"([0-9a-f]{64})"\}$/

/**
 * Links entries, each to the one before. A line is `{"chain":…,"seq":…,"prev":…, the entry's own members, "hash":…}`;
 * `hash` is the SHA-256 of the line's bytes without `,"hash":"…"`. It is over bytes and not over values, so that a
 * verifier in any language needs no rules about numbers, escapes or the order of members.
 */
export class AuditChain {
  readonly id: string = randomBytes(16).toString('hex')
  #seq = 0
  #hash = CHAIN_START

  /** The next line of the chain. */
  link(entry: object): string {
    const seq = this.#seq + 1
    const open = `{"chain":"${this.id}","seq":${seq},"prev":"${this.#hash}",${formatAuditLine(entry).slice(1, -1)}`
    this.#hash = hash('sha256', `${open}}`)
    this.#seq = seq
    return `${open},"hash":"${this.#hash}"}`
  }

  /** The last record; `seq` is 0 when there is none. */
  get head(): ChainPosition {
    return { chain: this.id, seq: this.#seq, hash: this.#hash }
  }
}

/**
 * Reads the frame of a chained line; the entry inside is not looked at.
 *
 * @param line one character per byte, without the newline
 * @returns `undefined` when it is no chained record
 */
export function parseChainedLine(line: string): ChainedLine | undefined {
  const match = CHAINED.exec(line)
  if (match === null) return undefined
  const [, chain, seq, prev, stated] = match as unknown as [string, string, string, string, string]
  const number = Number(seq)
  return Number.isSafeInteger(number) ? { chain, seq: number, prev, hash: stated } : undefined
}

/** The hash that a chained line must state, computed from its bytes (all of them ASCII). */
export function hashChainedLine(line: string): string {
  return hash('sha256', Buffer.from(`${line.slice(0, -HASH_MEMBER_LENGTH)}}`, 'latin1'))
}

/** Length of `,"hash":"` + 64 digits + `"}`. */
const HASH_MEMBER_LENGTH = 75
