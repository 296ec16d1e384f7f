import { InvalidArgumentError } from 'commander'
import type { RejectLimit } from './reject-limit.js'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `90s`, `45m`, `2h`, `30d`, `1h30m`; a plain number is seconds. @returns milliseconds @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000)
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text)
    throw new InvalidArgumentError('It must be a duration, such as 90s, 45m or 2h.')
  return Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0))
}

/** `100/s`, `600/m`, or a plain number a second. @returns a second @throws InvalidArgumentError */
export function parseRate(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(?:\/(s|m|h))?$/.exec(text)
  const perSecond = match === null ? 0 : (Number(match[1]) * 1000) / UNITS[match[2] ?? 's']!
  if (perSecond > 0) return perSecond
  throw new InvalidArgumentError('It must be a number of rows above 0, such as 100/s.')
}

/** `100` or `2.5%`. @throws InvalidArgumentError */
export function parseRejectLimit(text: string): RejectLimit {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)
  if (percent !== null && Number(percent[1]) <= 100) return { percent: Number(percent[1]) }
  if (/^\d{1,9}$/.test(text)) return { count: Number(text) }
  throw new InvalidArgumentError('It must be a number of rows or a part of them, such as 100 or 2%.')
}

/** One character, or `tab`, `comma`, `semicolon`, `pipe`. @throws InvalidArgumentError */
export function parseDelimiter(text: string): string {
  const named: Readonly<Record<string, string>> = {
    tab: '\t',
    '\\t': '\t',
    comma: ',',
    semicolon: ';',
    pipe: '|',
  }
  const delimiter = named[text] ?? text
  if (delimiter.length === 1 && !/["\r\n]/.test(delimiter)) return delimiter
  throw new InvalidArgumentError('It must be one character, or tab, comma, semicolon, pipe.')
}

/** A whole number from 1 to `max`. */
export function wholeUpTo(max: number): (text: string) => number {
  return text => {
    const number = Number(text)
    if (/^\d{1,9}$/.test(text) && number >= 1 && number <= max) return number
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}.`)
  }
}
