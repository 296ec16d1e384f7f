import { type EventField, getField, pathOfField } from './column-map.js'
import type { InputRow, RowFault } from './input-row.js'
import { quoteValue } from './rejection.js'

const FIELDS = ['orderId', 'trackingNumber', 'shipmentId'] as const satisfies readonly EventField[]
/** Fewer values prove nothing. */
const MIN_VALUES = 40
/** Shorter numbers are counters more often than fixed forms. */
const MIN_LENGTH = 8
/** Of values with one random first digit 90 % keep their length when the zeros go. */
const MIN_SHARE = 0.8
const MAX_LOST = 3
/** A spreadsheet keeps that many digits and puts zeros for the others. */
const KEPT_DIGITS = 15
const MIN_ROUNDED = 3
const LONGEST = 64

interface Group {
  readonly counts: number[]
  /** By length, a bit for each first digit. */
  readonly firstDigits: number[]
  others: number
  long: number
  rounded: number
}

/**
 * What a spreadsheet has done to a whole column of numbers, which no single cell shows. Two rules, for order ids, shipment
 * ids, and the tracking numbers of each carrier:
 *
 * - Leading zeros lost: at least 40 values, all digits, none begins with 0, at least 80 % of them have the same 8 or more
 *   digits and the others one to three less. (Not when the short ones all begin with 9 and the long ones with 1: a counter.)
 *   The short ones are damaged.
 * - Digits lost: every value of more than 16 digits (at least three) has nothing but zeros after the 15th. They are damaged.
 */
export class DigitColumns {
  readonly #groups = new Map<string, Group>()

  /** Counts a row that is valid otherwise. */
  add(update: Readonly<Record<string, unknown>>): void {
    for (const field of FIELDS) {
      const value = getField(update, field)
      if (typeof value !== 'string' || value === '' || value.length > LONGEST) continue
      const key = keyOf(field, update)
      let group = this.#groups.get(key)
      if (group === undefined) {
        group = { counts: [], firstDigits: [], others: 0, long: 0, rounded: 0 }
        this.#groups.set(key, group)
      }
      count(group, value)
    }
  }

  /** How many of the rows are damaged; one with two damaged numbers may count twice. */
  get damaged(): number {
    let damaged = 0
    for (const group of this.#groups.values()) {
      const length = findLength(group)
      if (length !== undefined) for (let at = 1; at < length; at++) damaged += group.counts[at] ?? 0
      if (isRounded(group)) damaged += group.rounded
    }
    return damaged
  }

  /** Why a row is damaged. Right only after every row was counted. */
  findFault({ update, nameOf = path => path.join('.') }: InputRow): RowFault | undefined {
    if (update === undefined) return undefined
    for (const field of FIELDS) {
      const value = getField(update, field)
      const group = this.#groups.get(keyOf(field, update))
      if (typeof value !== 'string' || group === undefined || !/^\d+$/.test(value)) continue
      const name = `${nameOf(pathOfField(field))} ${quoteValue(value)}`
      const length = findLength(group)
      if (length !== undefined && value.length < length) {
        const detail = `${name} has ${value.length} digits where ${group.counts[length]} others have ${length}, and none of them begins with 0: a spreadsheet took the leading zeros off. Give the column the format "text" and export it again.`
        return { code: 'leading_zeros_lost', detail }
      }
      if (isRounded(group) && isRoundedValue(value)) {
        const detail = `${name} has only zeros after the ${KEPT_DIGITS}th digit, as every long number in the column: a spreadsheet rounded it. Give the column the format "text" and export it again.`
        return { code: 'digits_lost', detail }
      }
    }
    return undefined
  }
}

function keyOf(field: EventField, update: Readonly<Record<string, unknown>>): string {
  return field === 'trackingNumber' ? `${field} ${String(getField(update, 'carrier') ?? '')}` : field
}

function count(group: Group, value: string): void {
  if (!/^\d+$/.test(value)) {
    group.others++
    return
  }
  const { length } = value
  group.counts[length] = (group.counts[length] ?? 0) + 1
  group.firstDigits[length] = (group.firstDigits[length] ?? 0) | (1 << Number(value[0]))
  if (length <= KEPT_DIGITS + 1) return
  group.long++
  if (isRoundedValue(value)) group.rounded++
}

/** The length that every number of the group had once, if some have lost zeros. */
function findLength({ counts, firstDigits, others }: Group): number | undefined {
  const length = counts.length - 1
  const total = counts.reduce((sum, of) => sum + (of ?? 0), 0)
  const full = counts[length] ?? 0
  if (others > 0 || total < MIN_VALUES || length < MIN_LENGTH || full === total) return undefined
  if (full / total < MIN_SHARE || counts.findIndex(of => (of ?? 0) > 0) < length - MAX_LOST) return undefined
  if (firstDigits.some(digits => ((digits ?? 0) & 1) !== 0)) return undefined
  const short = firstDigits.slice(0, length).reduce((all, digits) => all | (digits ?? 0), 0)
  const isCounter = firstDigits[length] === 1 << 1 && short === 1 << 9
  return isCounter ? undefined : length
}

function isRounded({ long, rounded }: Group): boolean {
  return rounded >= MIN_ROUNDED && rounded === long
}

function isRoundedValue(value: string): boolean {
  return value.length > KEPT_DIGITS + 1 && !value.startsWith('0') && /^0+$/.test(value.slice(KEPT_DIGITS))
}
