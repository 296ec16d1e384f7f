import {
  createCanonicalHeaderValue,
  parseAuthorizationHeader,
  parseTimestamp,
  quoteFragment,
  type SigningScheme,
} from '@countersign/protocol'
import { VerificationError } from '../errors.js'
import type { ParsedRequest } from '../parsed-request.js'
import { assertPayloadHashForm } from '../payload-hash-header.js'
import type { PresentedSignature } from '../presented-credential.js'
import { assertRequiredSigned } from '../required-signed-headers.js'

/** Where a signature must have been made for. */
export interface ExpectedScope {
  readonly environment: string
  readonly api: string
}

/**
 * Reads the HMAC signature that a request presents and checks all that needs no key: form, scope, coverage.
 *
 * @throws ProtocolError `authorization_malformed`, `key_id_invalid`, `credential_scope_invalid`,
 *   `signed_headers_invalid`, `timestamp_invalid`, `payload_hash_invalid`, `header_invalid`
 * @throws VerificationError `credentials_missing`, `credential_scope_invalid`, `header_not_signed`, `timestamp_invalid`
 */
export function presentHmacSignature(
  request: ParsedRequest,
  authorizationValue: string,
  rows: readonly SigningScheme[],
  expected: ExpectedScope,
): PresentedSignature {
  const value = createCanonicalHeaderValue('authorization', authorizationValue)
  const row = findRow(rows, value)
  if (row === undefined) throw new VerificationError('credentials_missing', { detail: 'scheme_not_enabled' })
  const authorization = parseAuthorizationHeader(value)
  const timestampText = request.headers.getCanonical(row.dateHeader)
  if (timestampText === undefined) throw refuseMissingDate(row)
  const timestamp = parseTimestamp(timestampText)
  const { scope } = authorization
  if (!timestampText.startsWith(scope.date)) throw refuseScope('date', scope.date, timestampText.slice(0, 8))
  if (scope.environment !== expected.environment)
    throw refuseScope('environment', scope.environment, expected.environment)
  if (scope.api !== expected.api) throw refuseScope('api', scope.api, expected.api)
  if (scope.terminator !== row.terminator) throw refuseScope('terminator', scope.terminator, row.terminator)
  assertRequiredSigned(authorization.signedHeaders, row.dateHeader, request.headers.mustSign)
  assertPayloadHashForm(request.headers, row.payloadHashHeader)
  return { row, authorization, timestampText, timestamp }
}

function findRow(rows: readonly SigningScheme[], value: string): SigningScheme | undefined {
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
