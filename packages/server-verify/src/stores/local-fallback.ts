import { DependencyError } from '../errors.js'

/** A limit has left its shared store for the process's own memory, or gone back to it. */
export interface FallbackEvent {
  readonly limit: 'quota' | 'concurrency'
  /** `true`: from now on every process counts for itself, against its part of the limit. */
  readonly active: boolean
  /** What the store failed with. For logs only. */
  readonly cause?: unknown
}

/** What a limit does while its store cannot be asked. */
export interface FallbackOptions {
  /** How many processes share the limit: in an outage each allows its part, rounded down, and 1 at least. */
  readonly processes: number
  /** Told of every change, for metrics and alarms. */
  readonly onFallback?: ((event: FallbackEvent) => void) | undefined
}

/** After a failure the store is left alone for so long, so that requests do not all wait for its timeout. */
const PAUSE_MS = 1000

/** Asks the shared store, and in an outage the local one. */
export class LocalFallback {
  readonly #limit: FallbackEvent['limit']
  readonly #onFallback: (event: FallbackEvent) => void
  #active = false
  #pausedUntil = Number.NEGATIVE_INFINITY

  constructor(limit: FallbackEvent['limit'], { onFallback = () => undefined }: FallbackOptions) {
    this.#limit = limit
    this.#onFallback = onFallback
  }

  async run<T>(askShared: () => Promise<T>, askLocal: () => T | Promise<T>): Promise<T> {
    const now = performance.now()
    if (now < this.#pausedUntil) return askLocal()
    // One request looks whether the store is back; the others do not wait for it.
    if (this.#active) this.#pausedUntil = now + PAUSE_MS
    try {
      const answer = await askShared()
      this.#answered()
      return answer
    } catch (cause) {
      if (!(cause instanceof DependencyError)) {
        // A refusal: the store is there.
        this.#answered()
        throw cause
      }
      this.#pausedUntil = performance.now() + PAUSE_MS
      this.#change(true, cause.cause)
      return askLocal()
    }
  }

  #answered(): void {
    this.#pausedUntil = Number.NEGATIVE_INFINITY
    this.#change(false)
  }

  #change(active: boolean, cause?: unknown): void {
    if (active === this.#active) return
    this.#active = active
    try {
      this.#onFallback({ limit: this.#limit, active, ...(cause === undefined ? {} : { cause }) })
    } catch {
      // A metric that fails refuses no request.
    }
  }
}

/** The part of a limit that one of so many processes has. */
export function partOf(limit: number, processes: number): number {
  return Math.max(1, Math.floor(limit / processes))
}
