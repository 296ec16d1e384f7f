import type { TimeZone } from './time-zone.js'

/** What a cell that names a moment turned out to be. */
export type MomentReading =
  /** RFC 3339, UTC. `repeated`: clocks showed it twice, and the first time was taken. */
  | { readonly moment: string; readonly repeated: boolean }
  | { readonly fault: MomentFault; readonly detail: string }

export type MomentFault =
  | 'time_zone_missing'
  | 'local_time_skipped'
  | 'excel_serial_date'
  | 'date_ambiguous'
  | 'time_missing'
  | 'invalid_occurred_at'

const TIME = '(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,9}))?)?'
const ISO = new RegExp(`^(\\d{4})-(\\d{2})-(\\d{2})[Tt ]\\s*${TIME}(.*)$`)
const DOTTED = new RegExp(`^(\\d{1,2})\\.(\\d{1,2})\\.(\\d{4}),?\\s+${TIME}(?:\\s*Uhr)?(.*)$`)
const COMPACT = /^(\d{4})(\d{2})(\d{2})[Tt ]?(\d{2})(\d{2})(\d{2})?()(.*)$/
const OFFSET = /^(?:(Z|UTC|GMT)|(CET|MEZ)|(CEST|MESZ)|([+-])(\d{2}):?(\d{2})?)$/i
const HOUR = 3_600_000

/**
 * Reads a moment as spreadsheets and exports write it: `21.11.2026 14:05`, `2026-11-21 14:05:30`, `20261121140530`, each
 * with or without an offset (`+01:00`, `Z`, `CET`, `CEST`, `MEZ`, `MESZ`). Without one it is wall-clock time of `zone`:
 * the hour that the clock change repeats is taken as its first pass, whatever stands in other rows, so that the same row
 * is the same event for ever; the hour that it leaves out does not exist.
 *
 * @returns undefined when the text has no form that is known here
 */
export function parseMoment(text: string, zone: TimeZone | undefined): MomentReading | undefined {
  const iso = ISO.exec(text)
  const dotted = iso === null ? DOTTED.exec(text) : null
  const match = iso ?? dotted ?? COMPACT.exec(text)
  if (match === null) return findTrap(text)
  const [a, b, c, hour, minute, second, fraction, rest] = match.slice(1)
  const [year, month, day] = (dotted === null ? [a, b, c] : [c, b, a]).map(Number) as [number, number, number]
  const wall = toWallClock(
    year,
    month,
    day,
    Number(hour),
    Number(minute),
    Number(second ?? 0),
    fraction ?? '',
  )
  if (wall === undefined) return undefined
  const suffix = rest!.trim()
  if (suffix !== '') {
    const offset = readOffset(suffix)
    return offset === undefined ? undefined : found(wall - offset, false)
  }
  if (zone === undefined) {
    return {
      fault: 'time_zone_missing',
      detail: 'has no offset; say with --timezone which clock it was read from',
    }
  }
  const [first, again] = zone.moments(wall)
  if (first !== undefined) return found(first, again !== undefined)
  return {
    fault: 'local_time_skipped',
    detail: `does not exist in ${zone.name}: clocks were put forward over it`,
  }
}

function found(moment: number, repeated: boolean): MomentReading {
  return { moment: new Date(moment).toISOString(), repeated }
}

function findTrap(text: string): MomentReading | undefined {
  if (/^\d{5}(?:[.,]\d+)?$/.test(text))
    return {
      fault: 'excel_serial_date',
      detail:
        'is a date as a spreadsheet counts it (days since 1900): give the column a date format, such as yyyy-mm-dd hh:mm:ss, and export it again',
    }
  if (/^\d{1,2}\/\d{1,2}\/\d{2,4}\b/.test(text))
    return {
      fault: 'date_ambiguous',
      detail: 'may be day/month or month/day: write 2026-11-21 14:05 or 21.11.2026 14:05',
    }
  if (/^(?:\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{2,4}|\d{8})$/.test(text))
    return { fault: 'time_missing', detail: 'has no time of day' }
  if (/^\d{1,2}\.\d{1,2}\.\d{2}\b/.test(text))
    return { fault: 'date_ambiguous', detail: 'has a year of two digits: write all four' }
  return undefined
}

function toWallClock(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  fraction: string,
): number | undefined {
  if (hour > 23 || minute > 59 || second > 59 || year < 1970) return undefined
  const wall = Date.UTC(
    year,
    month - 1,
    day,
    hour,
    minute,
    second,
    Number(fraction.slice(0, 3).padEnd(3, '0')),
  )
  const date = new Date(wall)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? wall : undefined
}

function readOffset(suffix: string): number | undefined {
  const match = OFFSET.exec(suffix)
  if (match === null) return undefined
  const [, utc, winter, summer, sign, hours, minutes] = match
  if (utc !== undefined) return 0
  if (winter !== undefined) return HOUR
  if (summer !== undefined) return 2 * HOUR
  const [h, m] = [Number(hours), Number(minutes ?? 0)]
  return h > 23 || m > 59 ? undefined : (h * HOUR + m * 60_000) * (sign === '-' ? -1 : 1)
}
