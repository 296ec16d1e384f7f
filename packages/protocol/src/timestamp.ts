import { ProtocolError, quoteFragment } from './errors.js'

const FORM = /^[0-9]{8}T[0-9]{6}Z$/
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * Writes a moment as `yyyymmddThhmmssZ` in UTC (`spec/partner-signing.md` §5); milliseconds are cut off.
 *
 * @param epochMs milliseconds since 1970-01-01T00:00:00Z, years 0000 to 9999
 * @throws ProtocolError `timestamp_invalid` for NaN or a year outside that range
 *
 * @example
 * ```ts
 * import { formatTimestamp } from '@countersign/protocol'
 *
 * console.log(formatTimestamp(Date.UTC(2026, 10, 21, 23, 30, 40))) // 20261121T233040Z
 * ```
 */
export function formatTimestamp(epochMs: number): string {
  const date = new Date(epochMs)
  const iso = Number.isNaN(date.getTime()) ? '' : date.toISOString()
  if (iso.length !== 24) throw refuse('year', 'A timestamp must be a moment in the years 0000 to 9999.')
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`
}

/**
 * Reads `yyyymmddThhmmssZ`; only moments that exist (no 20260230, no second 60).
 *
 * @returns milliseconds since 1970-01-01T00:00:00Z
 * @throws ProtocolError `timestamp_invalid`, naming the part
 */
export function parseTimestamp(text: string): number {
  if (text.length !== 16 || !FORM.test(text)) {
    throw refuse('form', `The timestamp ${quoteFragment(text)} must have the form yyyymmddThhmmssZ.`)
  }
  const year = digits(text, 0) * 100 + digits(text, 2)
  const month = digits(text, 4)
  const day = digits(text, 6)
  if (month < 1 || month > 12)
    throw refuse('month', `The timestamp ${quoteFragment(text)} has no month ${month}.`)
  if (day < 1 || day > daysIn(year, month))
    throw refuse('day', `The timestamp ${quoteFragment(text)} has no day ${day} in month ${month}.`)
  const hour = digits(text, 9)
  const minute = digits(text, 11)
  const second = digits(text, 13)
  if (hour > 23) throw refuse('hour', `The timestamp ${quoteFragment(text)} has no hour ${hour}.`)
  if (minute > 59) throw refuse('minute', `The timestamp ${quoteFragment(text)} has no minute ${minute}.`)
  if (second > 59) throw refuse('second', `The timestamp ${quoteFragment(text)} has no second ${second}.`)
  return epochDays(year, month, day) * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1000
}

function digits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && leap ? 29 : DAYS_IN_MONTH[month - 1]!
}

// Days since 1970-01-01 in the proleptic Gregorian calendar, counting years from March so that the leap day comes
// last. Not Date.UTC: it reads the years 0 to 99 as 1900 to 1999.
function epochDays(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468
}

function refuse(part: string, message: string): ProtocolError {
  return new ProtocolError('timestamp_invalid', part, message)
}
