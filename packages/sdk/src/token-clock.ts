/** Time as the life of a token needs it: two clocks, because each of them lies in its own way. */
export interface TokenClock {
  /** Milliseconds since 1970-01-01T00:00:00Z. Steps when somebody sets it; goes on while the machine sleeps. */
  wall(): number
  /** Milliseconds, never steps; may stand still while the machine sleeps. */
  monotonic(): number
  wait(delayMs: number): Promise<void>
}

export const SYSTEM_TOKEN_CLOCK: TokenClock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  wait: delayMs => new Promise(resolve => setTimeout(resolve, delayMs)),
}
