const FORM =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))$/
const EARLIEST = 0
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/**
 * Reads an RFC 3339 date-time with offset. Only moments that exist (no 30 February, no second 60), in the years 1970 to
 * 9999; digits beyond the millisecond are cut off.
 *
 * @returns milliseconds since 1970-01-01T00:00:00Z, or undefined when the text is no such moment
 */
export function parseRfc3339(text: string): number | undefined {
  const match = text.length <= 40 ? FORM.exec(text) : null
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const milliseconds = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const offsetHour = Number(match[9] ?? 0)
  const offsetMinute = Number(match[10] ?? 0)
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return undefined
  const local = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds)
  // Date.UTC rolls 30 February over into March (and year 26 into 1926): a date that comes back changed did not exist.
  const date = new Date(local)
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
    return undefined
  const moment = local - (offsetHour * 60 + offsetMinute) * 60_000 * (match[8] === '-' ? -1 : 1)
  return moment >= EARLIEST && moment <= LATEST ? moment : undefined
}
