export type { AuthenticationContext, Authenticator, SigningTrace } from './authenticator.js'
export { type HmacAuthOptions, hmacAuth } from './hmac-authenticator.js'
export type { OutgoingRequest } from './outgoing-request.js'
export {
  createRequestSigner,
  type RequestSigner,
  type RequestSignerOptions,
  type RequestToSign,
  type SignedRequest,
  type UrlToSign,
} from './request-signer.js'
export { Secret, type SecretSource } from './secret.js'
export { createSignedFetch } from './signed-fetch.js'
export {
  type FailableHandler,
  type SignableDispatchOptions,
  signingInterceptor,
} from './signing-interceptor.js'
