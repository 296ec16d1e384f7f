import { makeSafeText } from './problem-details.js'

/** What a server announces of its own future (RFC 9745, RFC 8594). Raw header values, safe to print. */
export interface LifecycleNotice {
  readonly deprecation: string | undefined
  readonly sunset: string | undefined
  readonly link: string | undefined
}

const REMEMBERED = 100

/** Finds announcements in answers, each one once: they stand in every answer for months. */
export class LifecycleNotices {
  readonly #seen = new Set<string>()

  /** @returns the announcement, the first time; undefined otherwise */
  read(headers: Readonly<Record<string, string>>): LifecycleNotice | undefined {
    if (headers['deprecation'] === undefined && headers['sunset'] === undefined) return undefined
    const read = (name: string): string | undefined => headers[name] && makeSafeText(headers[name])
    const notice = { deprecation: read('deprecation'), sunset: read('sunset'), link: read('link') }
    const key = JSON.stringify(notice)
    if (this.#seen.has(key) || this.#seen.size >= REMEMBERED) return undefined
    this.#seen.add(key)
    return notice
  }
}
