/** How often the sandbox misbehaves; rates are 0 to 1 of the authenticated requests. */
export interface ChaosOptions {
  /** Answered 429 with Retry-After, nothing applied. */
  readonly tooManyRequests: number
  /** Answered 503 with Retry-After, nothing applied. */
  readonly unavailable: number
  /** Applied, then the connection is cut without an answer. */
  readonly lost: number
  /** Rate of single items of a batch that are answered 503 (later ones of the same order 424). */
  readonly undecidedItems: number
  /** Added to every authenticated request, milliseconds. */
  readonly latencyMs: number
  /** The same seed and the same sequence of requests give the same faults. Default: random. */
  readonly seed?: number | undefined
}

export type Fault = 'none' | 'too_many_requests' | 'unavailable' | 'lost'

/** Draws faults. */
export interface Chaos {
  readonly latencyMs: number
  nextFault(): Fault
  /** Positions of the items of one batch that stay undecided. */
  nextUndecided(itemCount: number): ReadonlySet<number>
}

/** A fault in `--chaos`; the message says what is expected. */
export class ChaosSyntaxError extends Error {
  override readonly name = 'ChaosSyntaxError' as const
}

const NO_CHAOS: ChaosOptions = {
  tooManyRequests: 0,
  unavailable: 0,
  lost: 0,
  undecidedItems: 0,
  latencyMs: 0,
}

/**
 * Reads `429=0.02,503=0.02,lost=0.03,item503=0.01,latency=50ms,seed=7`; every part may be missing.
 *
 * @throws ChaosSyntaxError
 */
export function parseChaos(text: string): ChaosOptions {
  const options: { -readonly [Name in keyof ChaosOptions]: ChaosOptions[Name] } = { ...NO_CHAOS }
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.trim().split('=')
    switch (name) {
      case '429':
        options.tooManyRequests = readRate(name, value)
        break
      case '503':
        options.unavailable = readRate(name, value)
        break
      case 'lost':
        options.lost = readRate(name, value)
        break
      case 'item503':
        options.undecidedItems = readRate(name, value)
        break
      case 'latency':
        options.latencyMs = readNumber(name, value, /^([0-9]{1,5})ms$/, 'milliseconds, such as latency=50ms')
        break
      case 'seed':
        options.seed = readNumber(name, value, /^([0-9]{1,9})$/, 'a whole number, such as seed=7')
        break
      default:
        throw new ChaosSyntaxError(
          `"${name}" is not known. Known are 429, 503, lost, item503, latency and seed, as in 429=0.02,lost=0.03,latency=50ms.`,
        )
    }
  }
  if (options.tooManyRequests + options.unavailable + options.lost > 1)
    throw new ChaosSyntaxError('429, 503 and lost together must not be more than 1.')
  return options
}

export function createChaos(options: ChaosOptions = NO_CHAOS): Chaos {
  const { tooManyRequests, unavailable, lost, undecidedItems, latencyMs } = options
  const random = createRandom(options.seed ?? Math.floor(Math.random() * 2 ** 32))
  return {
    latencyMs,
    nextFault() {
      const drawn = random()
      if (drawn < tooManyRequests) return 'too_many_requests'
      if (drawn < tooManyRequests + unavailable) return 'unavailable'
      return drawn < tooManyRequests + unavailable + lost ? 'lost' : 'none'
    },
    nextUndecided(itemCount) {
      if (undecidedItems === 0) return new Set()
      const positions = Array.from({ length: itemCount }, (_, index) => index)
      return new Set(positions.filter(() => random() < undecidedItems))
    },
  }
}

function readRate(name: string, value: string): number {
  return readNumber(name, value, /^(0(?:\.[0-9]+)?|1(?:\.0+)?)$/, `a rate from 0 to 1, such as ${name}=0.02`)
}

function readNumber(name: string, value: string, form: RegExp, expected: string): number {
  const match = form.exec(value)
  if (match === null)
    throw new ChaosSyntaxError(`"${name}=${value}" is not understood: ${name} takes ${expected}.`)
  return Number(match[1])
}

/** mulberry32: small, seedable, and good enough to place faults. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
