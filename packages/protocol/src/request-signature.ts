import { formatAuthorizationHeader } from './authorization-header.js'
import { createCanonicalRequest } from './canonical-request.js'
import type { CanonicalUriOptions } from './canonical-uri.js'
import type { CredentialScope } from './credential-scope.js'
import type { SignableRequest } from './signable-request.js'
import { createSignature } from './signature.js'
import type { SigningKey } from './signing-key.js'
import type { SigningScheme } from './signing-scheme.js'
import { createStringToSign } from './string-to-sign.js'

/** With what a request is signed. */
export interface RequestSigningParameters extends CanonicalUriOptions {
  readonly scheme: SigningScheme
  readonly keyId: string
  readonly scope: CredentialScope
  /** Derived for exactly this scheme and scope. */
  readonly signingKey: SigningKey
  /** The value of the date header, `yyyymmddThhmmssZ`. */
  readonly timestamp: string
  /** Lower-case names, sorted, unique. */
  readonly signedHeaders: readonly string[]
}

/** Every step's value, so that two sides that disagree can find the first that differs. */
export interface RequestSignature {
  readonly canonicalRequest: string
  readonly stringToSign: string
  /** 64 lower-case hex digits. */
  readonly signature: string
  /** The value of the Authorization header. */
  readonly authorization: string
}

/**
 * Signs a request: all steps of `spec/partner-signing.md` §3 to §8 in their order.
 * The request must already carry the date header.
 *
 * @throws ProtocolError as `createCanonicalRequest`
 */
export function createRequestSignature(
  request: SignableRequest,
  parameters: RequestSigningParameters,
): RequestSignature {
  const { scheme, keyId, scope, signingKey, timestamp, signedHeaders } = parameters
  const canonicalRequest = createCanonicalRequest(request, signedHeaders, parameters)
  const stringToSign = createStringToSign(scheme, timestamp, scope, canonicalRequest)
  const signature = createSignature(signingKey, stringToSign)
  const authorization = formatAuthorizationHeader({
    algorithm: scheme.algorithm,
    keyId,
    scope,
    signedHeaders,
    signature,
  })
  return { canonicalRequest, stringToSign, signature, authorization }
}
