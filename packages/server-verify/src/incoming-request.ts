/**
 * A request exactly as it came from the wire. Adapters only capture these values; nothing is decoded, normalised or
 * parsed before the verifier has seen it.
 */
export interface IncomingRequest {
  readonly method: string
  /** The raw target of the request line, e.g. `/v1/orders/A-1/statuses?limit=5`. */
  readonly target: string
  /** Flat list name, value, name, value … in wire order, as `rawHeaders` of node:http; values one character per byte. */
  readonly rawHeaders: readonly string[]
  /** HTTP/2 `:authority`. When a Host header came too, both must be equal. */
  readonly authority?: string | undefined
  readonly httpVersion?: string | undefined
  /** The raw body bytes as they came, before any decoding of `content-encoding`; empty for none. */
  readonly body: Uint8Array
  /**
   * For a gateway that is not given the body (then `body` is empty): the SHA-256 that the request itself tells, 64
   * lower-case hex digits. A signature is verified for this hash, and whoever serves the request compares the body with
   * it (`verifyBody`). Never set where the body is at hand.
   */
  readonly toldBodySha256?: string | undefined
  readonly peer: Peer
}

/** Who holds the other end of the connection. */
export interface Peer {
  /** The socket's remote address, e.g. `203.0.113.7` or `2001:db8::1`. */
  readonly address: string
  /** The peer's TLS certificate (DER), when one was asked for and sent: the handshake proves that it holds the key. */
  readonly certificate?: Uint8Array | undefined
  /** Whether the TLS server verified the certificate's chain (`socket.authorized`). Default `false`. */
  readonly certificateAuthorized?: boolean | undefined
}
