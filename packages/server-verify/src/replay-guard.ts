/** One verified request, to be used once (`spec/partner-signing.md` §10). */
export interface ReplayClaim {
  readonly partnerId: string
  readonly keyId: string
  /** The first 16 bytes of the MAC that the verifier computed; never bytes that the caller chose. */
  readonly id: Uint8Array
  /** Signed time of the request, ms since epoch. */
  readonly timestamp: number
  /** Until when the claim must be remembered, ms since epoch. */
  readonly expiresAt: number
  /** How far ahead a timestamp may lie, ms: what another process may have accepted before this one started. */
  readonly futureMs: number
  /** When the credential was issued, ms since epoch. */
  readonly credentialCreatedAt: number
}

/** Remembers verified requests for as long as they stay fresh. */
export interface ReplayGuard {
  /** Look-up only: was this request claimed before? */
  has(claim: ReplayClaim): boolean | Promise<boolean>
  /**
   * Claims the request: atomic, `true` for exactly one of any number of concurrent callers.
   *
   * @throws DependencyError `replay_guard_full`, `replay_guard_warming`, `dependency_unavailable`
   */
  claim(claim: ReplayClaim): boolean | Promise<boolean>
}

/** When a claim may be forgotten: max(1 s, timestamp + past + future − now) from now. */
export function replayExpiry(timestamp: number, pastMs: number, futureMs: number, now: number): number {
  return Math.max(now + 1000, timestamp + pastMs + futureMs)
}
