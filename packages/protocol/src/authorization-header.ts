import { type CredentialScope, formatCredentialScope, parseCredential } from './credential-scope.js'
import { ProtocolError } from './errors.js'
import { joinSignedHeaders, parseSignedHeaders } from './signed-headers.js'

/** The parts of an HMAC Authorization header (`spec/partner-signing.md` §3). */
export interface HmacAuthorization {
  /** e.g. `PARTNER4-HMAC-SHA256`; whether it is an enabled one is the verifier's business. */
  readonly algorithm: string
  readonly keyId: string
  readonly scope: CredentialScope
  /** Lower-case names, sorted, unique. */
  readonly signedHeaders: readonly string[]
  /** 64 lower-case hex digits. */
  readonly signature: string
}

const AUTHORIZATION =
  /^([A-Z0-9-]{1,64}) +Credential=([^\s,]+), *SignedHeaders=([^\s,]+), *Signature=([0-9a-f]{64})$/

/**
 * Writes an Authorization header value.
 *
 * @example
 * ```ts
 * import { formatAuthorizationHeader, PARTNER_SCHEME } from '@countersign/protocol'
 *
 * console.log(
 *   formatAuthorizationHeader({
 *     algorithm: PARTNER_SCHEME.algorithm,
 *     keyId: 'demo_acme_hmac',
 *     scope: { date: '20261121', environment: 'live', api: 'orders', terminator: PARTNER_SCHEME.terminator },
 *     signedHeaders: ['host', 'x-partner-date'],
 *     signature: '0'.repeat(64),
 *   }),
 * )
 * ```
 */
export function formatAuthorizationHeader(authorization: HmacAuthorization): string {
  const { algorithm, keyId, scope, signedHeaders, signature } = authorization
  return `${algorithm} Credential=${keyId}/${formatCredentialScope(scope)}, SignedHeaders=${joinSignedHeaders(signedHeaders)}, Signature=${signature}`
}

/**
 * Reads an Authorization header value: algorithm, then Credential, SignedHeaders and Signature in this order,
 * separated by a comma and any number of spaces.
 *
 * @throws ProtocolError `authorization_malformed`, `key_id_invalid`, `credential_scope_invalid`, `signed_headers_invalid`
 */
export function parseAuthorizationHeader(value: string): HmacAuthorization {
  const match = AUTHORIZATION.exec(value)
  if (match === null) throw explain(value)
  const { keyId, scope } = parseCredential(match[2]!)
  return {
    algorithm: match[1]!,
    keyId,
    scope,
    signedHeaders: parseSignedHeaders(match[3]!),
    signature: match[4]!,
  }
}

function explain(value: string): ProtocolError {
  const space = value.indexOf(' ')
  const algorithm = space === -1 ? value : value.slice(0, space)
  if (!/^[A-Z0-9-]{1,64}$/.test(algorithm)) {
    return refuse(
      'algorithm',
      'The Authorization header must start with an algorithm such as PARTNER4-HMAC-SHA256.',
    )
  }
  const parts = value.slice(algorithm.length).split(',')
  const names = ['Credential', 'SignedHeaders', 'Signature'] as const
  for (const [index, name] of names.entries()) {
    const part = parts[index]?.replace(/^ +/, '')
    if (part === undefined || !part.startsWith(`${name}=`)) {
      return refuse(
        name,
        `The Authorization header must have ${name}=… as its parameter number ${index + 1}.`,
      )
    }
    if (name !== 'Signature' && !/^[^\s,]+$/.test(part.slice(name.length + 1))) {
      // Not quoted: with spaces for commas the signature would be in it.
      return refuse(name, `${name} is empty or holds white space. Separate the parameters by commas.`)
    }
  }
  if (parts.length > 3)
    return refuse('Authorization', 'The Authorization header has more than three parameters.')
  return refuse('Signature', 'Signature must be 64 lower-case hex digits.')
}

function refuse(part: string, message: string): ProtocolError {
  return new ProtocolError('authorization_malformed', part, message)
}
