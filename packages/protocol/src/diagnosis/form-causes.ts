import { type HmacAuthorization, parseAuthorizationHeader } from '../authorization-header.js'
import { createCanonicalHeaderValue } from '../canonical-headers.js'
import { createCanonicalQuery } from '../canonical-query.js'
import { createCanonicalUri } from '../canonical-uri.js'
import { ProtocolError } from '../errors.js'
import type { SigningScheme } from '../signing-scheme.js'
import { cause, type DiagnosisCause, type DiagnosisCode } from './cause.js'
import { checkForm } from './check-form.js'
import { diagnoseCoverage, diagnosePayloadHash } from './coverage-causes.js'
import { type DiagnosisCredential, findHeaders, type RecordedRequest } from './recorded-request.js'
import { diagnoseScope } from './scope-causes.js'

/** What a request says of its signature, and everything for which a verifier refuses it before it looks at that. */
export interface FormDiagnosis {
  readonly causes: readonly DiagnosisCause[]
  readonly authorization: HmacAuthorization | undefined
  readonly scheme: SigningScheme | undefined
}

const ONCE = ['authorization', 'host', 'content-type', 'content-length', 'idempotency-key']
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
  checkForm('target_not_canonical', causes, () => createCanonicalUri(request.path))
  checkForm('query_not_canonical', causes, () => createCanonicalQuery(request.query))
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
