import { CliError } from '../errors.js'
import { EXIT } from '../exit-code.js'

/** A wall-clock time has one moment, two (the hour that is repeated in autumn), or none (the one that is left out in spring). */
export interface TimeZone {
  readonly name: string
  /**
   * @param wall the wall-clock time, as the milliseconds that it would be in UTC
   * @returns the moments at which clocks there show it, the earlier first
   */
  moments(wall: number): readonly number[]
}

const DAY = 86_400_000
/** Every change of an offset since 1972 is at a whole quarter of an hour in UTC. */
const QUARTER = 900_000
const MAX_CACHED = 20_000

/**
 * @param name an IANA name such as `Europe/Berlin`
 * @throws CliError `timezone_unknown` (exit 2)
 */
export function createTimeZone(name: string): TimeZone {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch (cause) {
    throw new CliError('timezone_unknown', EXIT.usage, `${JSON.stringify(name)} is no time zone.`, {
      next: 'give an IANA name, such as --timezone Europe/Berlin',
      cause,
    })
  }
  const offsets = new Map<number, number>()
  const offsetAt = (moment: number): number => {
    const quarter = Math.floor(moment / QUARTER)
    let offset = offsets.get(quarter)
    if (offset === undefined) {
      if (offsets.size >= MAX_CACHED) offsets.clear()
      offset = readOffset(format, quarter * QUARTER)
      offsets.set(quarter, offset)
    }
    return offset
  }
  return {
    name,
    moments(wall) {
      const candidates = new Set([wall - offsetAt(wall - DAY), wall - offsetAt(wall + DAY)])
      return [...candidates].filter(moment => moment + offsetAt(moment) === wall).sort((a, b) => a - b)
    },
  }
}

function readOffset(format: Intl.DateTimeFormat, moment: number): number {
  const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]))
  const [year, month, day] = [parts.get('year')!, parts.get('month')!, parts.get('day')!]
  return Date.UTC(year, month - 1, day, parts.get('hour'), parts.get('minute'), parts.get('second')) - moment
}
