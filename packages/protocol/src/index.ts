export { type ApiKey, ApiKeyError, type ApiKeyPart, formatApiKey, parseApiKey } from './api-key.js'
export {
  formatAuthorizationHeader,
  type HmacAuthorization,
  parseAuthorizationHeader,
} from './authorization-header.js'
export { createCanonicalHeaders, createCanonicalHeaderValue, type HeaderPair } from './canonical-headers.js'
export { createCanonicalQuery, formatQuery } from './canonical-query.js'
export { createCanonicalRequest } from './canonical-request.js'
export { type CanonicalUriOptions, createCanonicalUri } from './canonical-uri.js'
export {
  type CredentialScope,
  formatCredentialScope,
  parseCredential,
  parseCredentialScope,
  parseKeyId,
  type ScopedCredential,
} from './credential-scope.js'
export { ProtocolError, type ProtocolErrorCode, quoteFragment } from './errors.js'
export { createPayloadHash, EMPTY_PAYLOAD_HASH, parsePayloadHash } from './payload-hash.js'
export { percentEncode } from './percent-encode.js'
export {
  createRequestSignature,
  type RequestSignature,
  type RequestSigningParameters,
} from './request-signature.js'
export { parseRequestTarget, type RequestTarget } from './request-target.js'
export type { SignableRequest } from './signable-request.js'
export { createSignature } from './signature.js'
export { formatSignedHeaders, MAX_SIGNED_HEADERS, parseSignedHeaders } from './signed-headers.js'
export { deriveSigningKey, deriveSigningKeyBytes, type SigningKey } from './signing-key.js'
export { AWS_SCHEME, createSigningScheme, PARTNER_SCHEME, type SigningScheme } from './signing-scheme.js'
export { createStringToSign } from './string-to-sign.js'
export { formatTimestamp, parseTimestamp } from './timestamp.js'
