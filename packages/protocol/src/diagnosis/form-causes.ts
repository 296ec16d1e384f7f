import { type HmacAuthorization, parseAuthorizationHeader } from '../authorization-header.js'
import { createCanonicalHeaderValue } from '../canonical-headers.js'
import { createCanonicalQuery } from '../canonical-query.js'
import { createCanonicalUri } from '../canonical-uri.js'
import { ProtocolError, quoteFragment } from '../errors.js'
import { createPayloadHash } from '../payload-hash.js'
import type { SigningScheme } from '../signing-scheme.js'
import { parseTimestamp } from '../timestamp.js'
import { cause, type DiagnosisCause, type DiagnosisCode } from './cause.js'
import { type DiagnosisCredential, findHeaders, type RecordedRequest } from './recorded-request.js'

/** What a request says of its signature, and everything for which a verifier refuses it before it looks at that. */
export interface FormDiagnosis {
  readonly causes: readonly DiagnosisCause[]
  readonly authorization: HmacAuthorization | undefined
  readonly scheme: SigningScheme | undefined
}

const ONCE = ['authorization', 'host', 'content-type', 'content-length', 'idempotency-key']
const SIGNED_IF_PRESENT = ['idempotency-key', 'content-encoding', 'content-digest']
const METHOD_OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override']

/**
 * @param credential when it is known what the request should have been signed for
 */
export function diagnoseForm(
  request: RecordedRequest,
  credential: Omit<DiagnosisCredential, 'secret'> | undefined,
  rows: readonly SigningScheme[],
): FormDiagnosis {
  const causes: DiagnosisCause[] = []
  const add = (code: DiagnosisCode, explanation: string): void => {
    causes.push(cause(code, explanation))
  }
  check('target_not_canonical', causes, () => createCanonicalUri(request.path))
  check('query_not_canonical', causes, () => createCanonicalQuery(request.query))
  if (findHeaders(request, 'host').length === 0) add('host_missing', 'The request has no Host header.')
  for (const name of [
    ...ONCE,
    ...rows.flatMap(row => [row.dateHeader, row.nonceHeader, row.payloadHashHeader]),
  ])
    if (findHeaders(request, name).length > 1)
      add('duplicate_header', `The header ${name} stands twice. Send it once.`)
  for (const name of METHOD_OVERRIDES)
    if (findHeaders(request, name).length > 0)
      add('method_override', `The header ${name} is always refused. Send the real method.`)
  const [value] = findHeaders(request, 'authorization')
  if (value === undefined) {
    add(
      'credentials_missing',
      'The request has no Authorization header, so it was never signed, or a proxy or redirect took it away.',
    )
    return { causes, authorization: undefined, scheme: undefined }
  }
  const authorization = readAuthorization(value, causes)
  if (authorization === undefined) return { causes, authorization, scheme: undefined }
  const scheme = rows.find(row => row.algorithm === authorization.algorithm)
  if (scheme === undefined) {
    const known = rows.map(row => row.algorithm).join(', ')
    add('authorization_malformed', `The algorithm ${authorization.algorithm} is not one of ${known}.`)
    return { causes, authorization, scheme }
  }
  causes.push(...diagnoseScope(request, authorization, scheme, credential, rows))
  causes.push(...diagnoseCoverage(request, authorization, scheme, rows))
  causes.push(...diagnosePayloadHash(request, scheme))
  return { causes, authorization, scheme }
}

function readAuthorization(value: string, causes: DiagnosisCause[]): HmacAuthorization | undefined {
  try {
    return parseAuthorizationHeader(createCanonicalHeaderValue('authorization', value))
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    const signature = /Signature=([^\s,]*)$/.exec(value)?.[1] ?? ''
    if (error.part === 'Signature' && /^[0-9A-Fa-f]{64}$/.test(signature))
      causes.push(
        cause('signature_case', 'The signature is in upper-case hex. It must be 64 lower-case hex digits.'),
      )
    else if (error.part === 'Signature' && /^[A-Za-z0-9+/_-]{43}=?$/.test(signature))
      causes.push(
        cause('signature_base64', 'The signature is in base64. It must be 64 lower-case hex digits.'),
      )
    else causes.push(cause('authorization_malformed', error.message))
    return undefined
  }
}

function diagnoseScope(
  request: RecordedRequest,
  { keyId, scope }: HmacAuthorization,
  scheme: SigningScheme,
  credential: Omit<DiagnosisCredential, 'secret'> | undefined,
  rows: readonly SigningScheme[],
): DiagnosisCause[] {
  const causes: DiagnosisCause[] = []
  const [date] = findHeaders(request, scheme.dateHeader)
  if (date === undefined) {
    const other = rows.find(row => row !== scheme && findHeaders(request, row.dateHeader).length > 0)
    causes.push(
      other === undefined
        ? cause(
            'date_missing',
            `The header ${scheme.dateHeader} is missing. Send the time of signing as yyyymmddThhmmssZ.`,
          )
        : cause(
            'labels_mixed',
            `Labels of two schemes are mixed: the algorithm ${scheme.algorithm} goes with the header ${scheme.dateHeader}, but ${other.dateHeader} came. With curl: --aws-sigv4 "partner:partner:…", or "aws:amz:…".`,
          ),
    )
  } else {
    check('timestamp_invalid', causes, () => parseTimestamp(date.trim()))
    if (!date.trim().startsWith(scope.date))
      causes.push(
        cause(
          'scope_date',
          `The scope is of the day ${scope.date}, the date header says ${quoteFragment(date)}. Take both from one moment in UTC: local time and a request at midnight make them differ.`,
        ),
      )
  }
  if (scope.terminator !== scheme.terminator)
    causes.push(
      cause(
        'scope_terminator',
        `The scope ends in ${scope.terminator}; with ${scheme.algorithm} it must end in ${scheme.terminator}.`,
      ),
    )
  if (credential === undefined) return causes
  const { environment, api } = credential
  if (keyId !== credential.keyId)
    causes.push(
      cause(
        'key_id_differs',
        `The request is of the key ${keyId}, but this profile holds the key ${credential.keyId}, so their secrets cannot be compared.`,
      ),
    )
  if (scope.environment !== environment)
    causes.push(
      cause(
        'scope_environment',
        `The request was signed for the environment ${scope.environment}; this credential is for ${environment}.`,
      ),
    )
  if (scope.api !== api)
    causes.push(
      cause('scope_api', `The request was signed for the API ${scope.api}; this credential is for ${api}.`),
    )
  return causes
}

function diagnoseCoverage(
  request: RecordedRequest,
  { signedHeaders }: HmacAuthorization,
  scheme: SigningScheme,
  rows: readonly SigningScheme[],
): DiagnosisCause[] {
  const causes: DiagnosisCause[] = []
  const present = [...new Set(request.headers.map(([name]) => name.toLowerCase()))]
  const must = present.filter(
    name => SIGNED_IF_PRESENT.includes(name) || rows.some(row => name.startsWith(row.headerPrefix)),
  )
  for (const name of new Set(['host', scheme.dateHeader, ...must]))
    if (!signedHeaders.includes(name))
      causes.push(
        cause(
          'header_not_signed',
          `The header ${quoteFragment(name)} must be signed. Add it to SignedHeaders, or do not send it.`,
        ),
      )
  for (const name of signedHeaders) {
    if (!present.includes(name))
      causes.push(
        cause(
          'header_missing',
          `SignedHeaders lists ${quoteFragment(name)}, but the request has no such header. A proxy may have removed it.`,
        ),
      )
    for (const value of findHeaders(request, name))
      check('header_invalid', causes, () => createCanonicalHeaderValue(name, value))
  }
  return causes
}

function diagnosePayloadHash(
  request: RecordedRequest,
  { payloadHashHeader }: SigningScheme,
): DiagnosisCause[] {
  const [claimed] = findHeaders(request, payloadHashHeader)
  if (claimed === undefined) return []
  if (claimed.startsWith('UNSIGNED-PAYLOAD') || claimed.startsWith('STREAMING-'))
    return [
      cause(
        'unsigned_payload',
        `The header ${payloadHashHeader} says ${quoteFragment(claimed)}. Every body must be signed by its SHA-256.`,
      ),
    ]
  if (!/^[0-9a-f]{64}$/.test(claimed.trim()))
    return [
      cause(
        'payload_hash_case',
        `The header ${payloadHashHeader} must be the SHA-256 of the body as 64 lower-case hex digits.`,
      ),
    ]
  if (request.body === undefined || createPayloadHash(request.body) === claimed.trim()) return []
  return [
    cause(
      'payload_hash_mismatch',
      `The header ${payloadHashHeader} is not the SHA-256 of the body that was sent.`,
    ),
  ]
}

function check(code: DiagnosisCode, causes: DiagnosisCause[], read: () => unknown): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    causes.push(cause(code, error.message))
  }
}
