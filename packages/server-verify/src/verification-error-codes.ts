/** What the outside is told for one code (RFC 9457). `detail` is the fallback when the error has no own text. */
export interface ProblemKind {
  readonly status: number
  readonly title: string
  readonly detail: string
  /** `true`: the same business request may be signed and sent again. */
  readonly retryable: boolean
}

/** Every code a refused request can carry. `spec/errors.md` says what each asks the reader to do. */
export type VerificationErrorCode =
  | 'target_not_canonical'
  | 'query_not_canonical'
  | 'method_invalid'
  | 'method_override'
  | 'authorization_malformed'
  | 'key_id_invalid'
  | 'credential_scope_invalid'
  | 'signed_headers_invalid'
  | 'header_invalid'
  | 'duplicate_header'
  | 'two_credentials'
  | 'header_not_signed'
  | 'unsigned_payload'
  | 'body_not_signed'
  | 'payload_hash_mismatch'
  | 'timestamp_invalid'
  | 'credentials_missing'
  | 'invalid_credentials'
  | 'clock_skew'
  | 'scope_missing'
  | 'ip_not_allowed'
  | 'resource_denied'
  | 'request_replayed'
  | 'body_too_large'
  | 'authority_not_allowed'
  | 'rate_limited'
  | 'headers_too_large'
  | 'api_key_malformed'
  | 'signature_input_invalid'
  | 'component_not_covered'
  | 'content_digest_mismatch'
  | 'payload_hash_required'
  | 'invalid_token'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'certificate_required'
  | 'certificate_mismatch'
  | 'concurrency_limited'
  | 'address_blocked'

/** Codes of a refusal that is the service's fault, not the caller's: always 503 with Retry-After. */
export type DependencyErrorCode =
  | 'replay_guard_warming'
  | 'replay_guard_full'
  | 'dependency_unavailable'
  | 'internal_error'

export const PROBLEM_KINDS: Readonly<Record<VerificationErrorCode | DependencyErrorCode, ProblemKind>> = {
  target_not_canonical: fault(400, 'The path is not canonical'),
  query_not_canonical: fault(400, 'The query is not canonical'),
  method_invalid: fault(400, 'The method is no HTTP method'),
  method_override: fault(400, 'The method must not be overridden'),
  authorization_malformed: fault(400, 'The Authorization header is malformed'),
  key_id_invalid: fault(400, 'The key id is malformed'),
  credential_scope_invalid: fault(400, 'The credential scope does not fit'),
  signed_headers_invalid: fault(400, 'SignedHeaders is not acceptable'),
  header_invalid: fault(400, 'A header is malformed'),
  duplicate_header: fault(400, 'A header stands twice'),
  two_credentials: fault(400, 'The request holds two credentials'),
  header_not_signed: fault(400, 'A header that must be signed is not'),
  unsigned_payload: fault(400, 'The body must be signed'),
  body_not_signed: fault(400, 'The body is not covered by the signature'),
  payload_hash_mismatch: fault(400, 'The payload-hash header does not fit the body'),
  timestamp_invalid: fault(400, 'The timestamp is malformed or missing'),
  api_key_malformed: fault(400, 'The API key is malformed'),
  signature_input_invalid: fault(400, 'Signature-Input is not acceptable'),
  component_not_covered: fault(400, 'A component that must be signed is not covered'),
  content_digest_mismatch: fault(400, 'Content-Digest does not fit the body'),
  payload_hash_required: fault(400, 'A signed payload hash is required here'),
  invalid_token: fault(
    401,
    'The access token is not valid',
    'The access token was refused. Get a new one from its issuer, for this audience, and send it once more.',
  ),
  invalid_dpop_proof: fault(
    401,
    'The DPoP proof is not valid',
    'The DPoP proof was refused. Make a new one for this request, with the key that the token is bound to.',
  ),
  use_dpop_nonce: {
    ...fault(
      401,
      'A DPoP nonce is required',
      'Make a new DPoP proof with the nonce of the DPoP-Nonce header.',
    ),
    retryable: true,
  },
  certificate_required: fault(
    401,
    'A client certificate is required',
    'This credential is good only over a connection with its client certificate. Configure the certificate and its key.',
  ),
  certificate_mismatch: fault(
    401,
    'The client certificate does not fit',
    'This credential is bound to another client certificate than the one of this connection.',
  ),
  credentials_missing: fault(
    401,
    'Credentials are missing',
    'The request carries no credential that this service accepts. Sign it and send an Authorization header.',
  ),
  invalid_credentials: fault(
    401,
    'The credentials are not valid',
    'The request could not be authenticated. Check key id, secret, environment and that what was signed is what was sent.',
  ),
  clock_skew: fault(401, 'The timestamp is outside the accepted window'),
  scope_missing: fault(403, 'The credential lacks a scope'),
  ip_not_allowed: fault(
    403,
    'The address is not allowed',
    'This credential may not be used from this address. Ask the platform to extend its allow-list.',
  ),
  resource_denied: fault(403, 'The resource is not accessible', 'This partner may not act on this resource.'),
  request_replayed: {
    status: 409,
    title: 'The request was used before',
    detail:
      'A request with this signature was accepted before. Sign again (new timestamp or nonce) and send it.',
    retryable: true,
  },
  body_too_large: fault(413, 'The body is too large'),
  authority_not_allowed: fault(421, 'The host is not served here'),
  rate_limited: { ...fault(429, 'Too many requests', 'Wait as long as Retry-After says.'), retryable: true },
  concurrency_limited: {
    ...fault(
      429,
      'Too many requests at once',
      'Wait for an answer before the next request, or use fewer connections.',
    ),
    retryable: true,
  },
  address_blocked: {
    ...fault(
      429,
      'The address is blocked for a while',
      'Too many requests with wrong credentials came from this address. Correct them and wait as long as Retry-After says.',
    ),
    retryable: true,
  },
  headers_too_large: fault(431, 'The headers are too large'),
  replay_guard_warming: outage(
    'The service has just started and cannot yet tell whether this request was used before. Sign again and retry.',
  ),
  replay_guard_full: outage('The service cannot take note of more requests now. Sign again and retry.'),
  dependency_unavailable: outage('The service cannot verify requests now. Sign again and retry.'),
  internal_error: outage('The service could not verify the request. Sign again and retry.'),
}

function fault(status: number, title: string, detail: string = title): ProblemKind {
  return { status, title, detail, retryable: false }
}

function outage(detail: string): ProblemKind {
  return { status: 503, title: 'The service is temporarily unavailable', detail, retryable: true }
}
