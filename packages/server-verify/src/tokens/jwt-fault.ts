/** Why a token or a proof is not accepted, for the audit record; the outside is told less. */
export type JwtFaultReason =
  | 'token_malformed'
  | 'token_too_large'
  | 'token_header_refused'
  | 'token_type'
  | 'token_algorithm'
  | 'token_kid_invalid'
  | 'token_issuer_unknown'
  | 'token_key_unknown'
  | 'token_signature'
  | 'token_claims'
  | 'token_audience'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'token_inactive'
  | 'token_revoked'
  | 'token_subject_unknown'
  | 'token_confirmation'
  | 'token_unbound'
  | 'dpop_missing'
  | 'dpop_jwk'
  | 'dpop_key'
  | 'dpop_claims'
  | 'dpop_request'
  | 'dpop_token'
  | 'dpop_time'

/** Thrown by the readers below the scheme, which turns it into a refusal. Holds nothing of the token. */
export class JwtFault extends Error {
  override readonly name = 'JwtFault' as const
  readonly reason: JwtFaultReason
  /** What the caller may be told. */
  readonly told: string | undefined

  constructor(reason: JwtFaultReason, told?: string | undefined) {
    super(told ?? reason)
    this.reason = reason
    this.told = told
  }
}
