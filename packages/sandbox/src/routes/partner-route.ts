import type { VerifiedCaller } from '@countersign/server-verify'

/** A request of a partner as a handler sees it. There is no way to a handler but through the verifier. */
export interface PartnerRequest {
  readonly caller: VerifiedCaller
  /** The raw bytes that the signature covers. */
  readonly body: Uint8Array
  /** Parameters of the path. */
  readonly parameters: Readonly<Record<string, string>>
}

export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
}

/** Answers a verified request, or throws an `ApiProblem`. */
export type PartnerHandler = (request: PartnerRequest) => Promise<ApiAnswer> | ApiAnswer
