import { ResponseError } from './errors.js'
import type { OutgoingRequest } from './outgoing-request.js'

/** An answer, read to its end. */
export interface ReceivedResponse {
  readonly status: number
  /** Names in lower case; values of a repeated header joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Sends one signed request and reads the answer. Nothing is retried, followed or decoded here. */
export interface Transport {
  /**
   * @throws ConnectionError, ResponseError `response_too_large`, or the reason of `signal`
   */
  send(request: OutgoingRequest, signal: AbortSignal | undefined): Promise<ReceivedResponse>
  /** SHA-256 of the client certificate in use, in hex; undefined: none. */
  certificateThumbprint(): Promise<string | undefined>
  close(): Promise<void>
}

/** Bounds of one attempt. */
export interface TransportLimits {
  readonly connectTimeoutMs: number
  /** From the moment the request is handed over to the last byte of the answer. */
  readonly timeoutMs: number
  readonly headersTimeoutMs: number
  readonly maxResponseBytes: number
}

/** The failure of an answer that is longer than `maxResponseBytes`. */
export function tooLarge(authority: string, bytes: number): ResponseError {
  return new ResponseError(
    'response_too_large',
    `The answer of ${authority} is larger than ${bytes} bytes (maxResponseBytes).`,
  )
}
