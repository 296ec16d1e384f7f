const REDACTED = '[redacted]'

/**
 * A secret that does not show itself: string conversion, JSON and `util.inspect` print `[redacted]`, and no property
 * holds the value. Only {@link Secret.reveal} gives it out.
 *
 * @example
 * ```ts
 * import { Secret } from '@countersign/sdk'
 *
 * const secret = new Secret('the secret of the partner')
 * console.log(`${secret}`, JSON.stringify({ secret })) // [redacted] {"secret":"[redacted]"}
 * ```
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Call it where the value is used and nowhere else. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  static {
    // What util.inspect and console.log look for; a global symbol, so this needs no import of node:util.
    const inspect = Symbol.for('nodejs.util.inspect.custom')
    Object.defineProperty(Secret.prototype, inspect, { value: () => `Secret ${REDACTED}` })
  }
}

/** A secret, or a function that fetches it (from a vault, a file, a prompt) when it is first needed. */
export type SecretSource = string | Secret | (() => Promise<string | Secret>)
