import {
  type HmacAuthorization,
  parseAuthorizationHeader,
  parseTimestamp,
  quoteFragment,
  type SigningScheme,
} from '@countersign/protocol'
import type { AuthorizationMemo } from '../authorization-memo.js'
import { VerificationError } from '../errors.js'
import type { HeaderRules } from '../header-rules.js'
import type { ParsedRequest } from '../parsed-request.js'
import { assertRequiredSigned } from '../required-signed-headers.js'

/** An HMAC signature as it was presented: well formed, in the right scope, covering what it must; not yet verified. */
export interface PresentedSignature {
  readonly row: SigningScheme
  readonly authorization: HmacAuthorization
  /** The header's text. */
  readonly text: string
  /** Taken from the memo, not parsed. */
  readonly remembered: boolean
  /** The date header's value, `yyyymmddThhmmssZ`. */
  readonly timestampText: string
  /** ms since epoch. */
  readonly timestamp: number
}

/** What a signature must have been made for. */
export interface PresentationPolicy {
  readonly rows: readonly SigningScheme[]
  readonly environment: string
  readonly api: string
  readonly memo: AuthorizationMemo
  readonly headerRules: HeaderRules
}

/**
 * Reads the HMAC signature that a request presents and checks all that needs no key: form, scope, coverage.
 *
 * @param value the Authorization header without blanks at its ends
 * @throws ProtocolError `authorization_malformed`, `key_id_invalid`, `credential_scope_invalid`,
 *   `signed_headers_invalid`, `timestamp_invalid`, `header_invalid`
 * @throws VerificationError `credentials_missing`, `credential_scope_invalid`, `header_not_signed`, `timestamp_invalid`
 */
export function presentHmacSignature(
  request: ParsedRequest,
  value: string,
  policy: PresentationPolicy,
): PresentedSignature {
  const row = findRow(policy.rows, value)
  if (row === undefined) throw new VerificationError('credentials_missing', { detail: 'scheme_not_enabled' })
  const remembered = policy.memo.find(value)
  const authorization = remembered ?? readAuthorization(value, policy.headerRules)
  const timestampText = request.headers.getCanonical(row.dateHeader)
  if (timestampText === undefined) throw refuseMissingDate(row)
  const timestamp = readTimestamp(timestampText)
  const { scope } = authorization
  if (!timestampText.startsWith(scope.date)) throw refuseScope('date', scope.date, timestampText.slice(0, 8))
  if (scope.environment !== policy.environment)
    throw refuseScope('environment', scope.environment, policy.environment)
  if (scope.api !== policy.api) throw refuseScope('api', scope.api, policy.api)
  if (scope.terminator !== row.terminator) throw refuseScope('terminator', scope.terminator, row.terminator)
  assertRequiredSigned(authorization.signedHeaders, row.dateHeader, request.headers.mustSign)
  return { row, authorization, text: value, remembered: remembered !== undefined, timestampText, timestamp }
}

// Gives each name as the one string object that stands for it, which makes later comparisons cheap.
function readAuthorization(value: string, { bySpelling }: HeaderRules): HmacAuthorization {
  const { algorithm, keyId, scope, signedHeaders, signature } = parseAuthorizationHeader(value)
  const names = signedHeaders.map(name => bySpelling.get(name)?.name ?? name)
  return { algorithm, keyId, scope, signedHeaders: names, signature }
}

// Requests of one second share their timestamp.
let lastText = ''
let lastTimestamp = 0
function readTimestamp(text: string): number {
  if (text === lastText) return lastTimestamp
  const timestamp = parseTimestamp(text)
  lastText = text
  lastTimestamp = timestamp
  return timestamp
}

/** The row whose algorithm starts this Authorization header. */
export function findRow(rows: readonly SigningScheme[], value: string): SigningScheme | undefined {
  for (const row of rows) {
    const { algorithm } = row
    if (value.startsWith(algorithm) && (value.length === algorithm.length || value[algorithm.length] === ' '))
      return row
  }
  return undefined
}

function refuseMissingDate(row: SigningScheme): VerificationError {
  return new VerificationError('timestamp_invalid', {
    part: row.dateHeader,
    message: `The header ${row.dateHeader} is missing. Send the time of signing as yyyymmddThhmmssZ.`,
  })
}

function refuseScope(part: string, found: string, wanted: string): VerificationError {
  return new VerificationError('credential_scope_invalid', {
    part,
    message: `The scope's ${part} is ${quoteFragment(found)}; this request must be signed for ${quoteFragment(wanted)}.`,
  })
}
