import type { CredentialEvent } from './debug-event.js'
import type { OutgoingRequest } from './outgoing-request.js'
import type { ReceivedResponse } from './transport-contract.js'

/** What a signature was computed from: to be compared with the server's values. Holds no secret and no signature. */
export interface SigningTrace {
  readonly canonicalRequest: string
  readonly stringToSign: string
}

/** The client's way to the network, lent to an authenticator that has to ask an authorization server. */
export interface AuthenticationNetwork {
  /** Sends one request over the client's connections: its proxy, authorities and client certificate. No retry. */
  send(request: OutgoingRequest, signal: AbortSignal | undefined): Promise<ReceivedResponse>
  /** SHA-256 of the client certificate in use, in hex; undefined: none. */
  certificateThumbprint(): Promise<string | undefined>
}

/** What an authenticator is told beside the request. */
export interface AuthenticationContext {
  /** The time to sign with, milliseconds since 1970-01-01T00:00:00Z; corrected when the server said that we are off. */
  readonly now: number
  readonly onTrace?: ((trace: SigningTrace) => void) | undefined
  /** The caller's: ends the wait for a credential of this request, not of others that wait for the same. */
  readonly signal?: AbortSignal | undefined
  /** Absent where only signing was asked for (`createSignedFetch`): an authenticator then uses the global `fetch`. */
  readonly network?: AuthenticationNetwork | undefined
  readonly onEvent?: ((event: CredentialEvent) => void) | undefined
}

/** Why a credential was refused. */
export interface CredentialRefusal {
  /** 401. */
  readonly status: number
  /** The problem's code, or `http_401`. */
  readonly code: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
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
   * The server refused the credential (401). Fetches it anew, if it comes from somewhere. Called at most once a request
   * for each code.
   *
   * @param refused what `authenticate` had returned
   * @returns whether the next attempt may fare better
   */
  refresh?(
    refused: OutgoingRequest,
    refusal: CredentialRefusal,
    context: AuthenticationContext,
  ): Promise<boolean>
  /** Told the headers of every good answer: a server may hand out what the next request must carry. */
  observe?(request: OutgoingRequest, headers: Readonly<Record<string, string>>): void
}
