import type { HeaderPair } from './canonical-headers.js'

/**
 * The value that both sides sign: a request exactly as it stands on the wire. No URL, no Headers object, nothing
 * decoded or normalised. The SDK builds it from what it is about to send, the verifier from the bytes it received.
 */
export interface SignableRequest {
  /** As on the wire, e.g. `POST`. */
  readonly method: string
  /** Raw path, e.g. `/v1/orders/A-1001/statuses`. */
  readonly path: string
  /** Raw query without `?`; `''` when there is none. */
  readonly query: string
  /** In wire order; at least the signed ones. Values one character per byte (latin1). */
  readonly headers: readonly HeaderPair[]
  /** SHA-256 of the raw body bytes, 64 lower-case hex digits (see `createPayloadHash`). */
  readonly payloadHash: string
}
