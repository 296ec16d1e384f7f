import { InvalidArgumentError } from 'commander'

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/

/** Reads `30m`, `12h`, `7d`, `2w`, `0`. @returns ms @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  if (text === '0') return 0
  const [, number = '', unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  const size = UNITS[unit]
  if (size === undefined)
    throw new InvalidArgumentError('It must be a number and one of s m h d w, such as 7d.')
  return Number(number) * size
}

/**
 * Reads a moment: RFC 3339 with an offset, or a duration from now.
 *
 * @returns ms since epoch
 * @throws InvalidArgumentError
 */
export function parseMoment(text: string, now: number): number {
  if (!RFC3339.test(text)) return now + parseDuration(text)
  const moment = Date.parse(text)
  // Date.parse takes 30 February for 2 March.
  const day = Number(text.slice(8, 10))
  const offset = text.endsWith('Z') ? '+00:00' : text.slice(-6)
  const shift =
    (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4))) * (offset[0] === '-' ? -60_000 : 60_000)
  if (Number.isNaN(moment) || new Date(moment + shift).getUTCDate() !== day)
    throw new InvalidArgumentError('There is no such moment.')
  return moment
}
