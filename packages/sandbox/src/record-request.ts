import type { EventItem } from './event-rules.js'

/** One request's events and what is kept about the request as proof of receipt. */
export interface RecordRequest {
  readonly partnerId: string
  readonly credentialId: string
  readonly requestId: string
  /** SHA-256 of the request body, 64 lower-case hex digits. */
  readonly bodySha256: string
  /** The moment of recording, milliseconds since 1970. */
  readonly nowMs: number
  readonly items: readonly EventItem[]
  /** Positions of items that are answered 503 (chaos). */
  readonly undecided?: ReadonlySet<number> | undefined
}
