import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Who can make them, and how long they are good. */
export interface DpopNonceOptions {
  /** 32 bytes or more; the same on every process that serves the same clients. Default: random for this process. */
  readonly secret?: Uint8Array | undefined
  /** A nonce is good for at least so long, and at most twice as long. Default 300. */
  readonly lifetimeSeconds?: number | undefined
}

/** Nonces that a DPoP proof must carry (RFC 9449 §9): a proof cannot be made in advance. Nothing is stored. */
export interface DpopNonces {
  /** @param now ms since epoch */
  current(now: number): string
  isGood(nonce: string, now: number): boolean
}

const MIN_SECRET_BYTES = 32

/**
 * Makes nonces from the time and a secret.
 *
 * @throws TypeError a secret of less than 32 bytes
 *
 * @example
 * ```ts
 * import { createDpopNonces } from '@countersign/server-verify'
 *
 * const nonces = createDpopNonces({ lifetimeSeconds: 120 })
 * console.log(nonces.isGood(nonces.current(Date.now()), Date.now())) // true
 * ```
 */
export function createDpopNonces(options: DpopNonceOptions = {}): DpopNonces {
  const { secret = randomBytes(MIN_SECRET_BYTES), lifetimeSeconds = 300 } = options
  if (secret.length < MIN_SECRET_BYTES)
    throw new TypeError(`The secret of DPoP nonces must have ${MIN_SECRET_BYTES} bytes or more.`)
  const slotOf = (now: number): number => Math.floor(now / (lifetimeSeconds * 1000))
  const make = (slot: number): string =>
    createHmac('sha256', secret).update(`dpop-nonce ${lifetimeSeconds} ${slot}`).digest('base64url')
  return {
    current: now => make(slotOf(now)),
    isGood(nonce, now) {
      const slot = slotOf(now)
      // The next one too: another process's clock may be a moment ahead.
      return [slot, slot - 1, slot + 1].some(candidate => isEqual(make(candidate), nonce))
    },
  }
}

function isEqual(expected: string, actual: string): boolean {
  return expected.length === actual.length && timingSafeEqual(Buffer.from(expected), Buffer.from(actual))
}
