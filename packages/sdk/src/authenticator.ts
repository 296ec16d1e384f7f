import type { OutgoingRequest } from './outgoing-request.js'

/** What a signature was computed from: to be compared with the server's values. Holds no secret and no signature. */
export interface SigningTrace {
  readonly canonicalRequest: string
  readonly stringToSign: string
}

/** What an authenticator is told beside the request. */
export interface AuthenticationContext {
  /** The time to sign with, milliseconds since 1970-01-01T00:00:00Z; corrected when the server said that we are off. */
  readonly now: number
  readonly onTrace?: ((trace: SigningTrace) => void) | undefined
}

/**
 * The one seam between a request and the way it proves who sends it. Called once for every attempt, so that a retry is
 * signed anew.
 */
export interface Authenticator {
  /** e.g. `live`; part of an event id that the client makes. */
  readonly environment: string
  /** Returns the request with its credential added; never changes it otherwise. */
  authenticate(
    request: OutgoingRequest,
    context: AuthenticationContext,
  ): OutgoingRequest | Promise<OutgoingRequest>
  /**
   * The server refused the credential. Fetches it anew, if it comes from somewhere.
   *
   * @param refused what `authenticate` had returned
   * @returns whether the next attempt will carry another credential
   */
  refresh?(refused: OutgoingRequest): Promise<boolean>
}
