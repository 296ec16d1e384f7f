export type { AccessToken } from './access-token.js'
export {
  type AccessTokenAuthenticator,
  type AccessTokenInfo,
  clientCredentialsAuth,
} from './access-token-authenticator.js'
export { type ApiKeyAuthOptions, apiKeyAuth } from './api-key-authenticator.js'
export type {
  AuthenticationContext,
  AuthenticationNetwork,
  Authenticator,
  CredentialRefusal,
  SigningTrace,
} from './authenticator.js'
export type { CircuitBreakerOptions } from './circuit-breaker.js'
export type { ClientAuthentication } from './client-authentication.js'
export type { ClientCertificateOptions } from './client-certificate.js'
export type { ClientCredentialsAuthOptions } from './client-credentials-options.js'
export type { CredentialEvent, DebugContext, DebugEvent } from './debug-event.js'
export {
  AuthenticationError,
  ConnectionError,
  OrderStatusError,
  PartnerError,
  type PartnerErrorFacts,
  RequestRefusedError,
  ResponseError,
  ServiceUnavailableError,
  UsageError,
} from './errors.js'
export { createEventId } from './event-id.js'
export type { Logger, LogLevel } from './event-log.js'
export type { Events } from './events.js'
export { type HmacAuthOptions, hmacAuth } from './hmac-authenticator.js'
export {
  type ExternalSigner,
  type HttpSignatureAuthOptions,
  httpSignatureAuth,
} from './http-signature-authenticator.js'
export { type NormalizeEventOptions, normalizeEvent } from './normalize-event.js'
export type { PartnerClientOptions } from './options.js'
export type { EventProof, Order, RecordedEvent } from './order.js'
export type {
  IdentifiedEvent,
  NormalizedEvent,
  OrderLine,
  OrderStatusEvent,
  OrderStatusUpdate,
  Receipt,
  Shipment,
} from './order-event.js'
export { ORDER_STATUSES, type OrderStatus, suggestStatus } from './order-status.js'
export type { CallOptions, ListOptions, Orders } from './orders.js'
export type { OutgoingRequest } from './outgoing-request.js'
export { type Caller, PartnerClient, type PartnerResponse } from './partner-client.js'
export type { FieldProblem, ProblemDetails, SignatureExplanation } from './problem-details.js'
export type {
  AcceptedOutcome,
  DuplicateOutcome,
  PendingOutcome,
  PushOptions,
  PushOutcome,
  RejectedOutcome,
  SkippedOutcome,
  ThrottleInfo,
} from './push-outcome.js'
export type { PartnerRequest } from './request-builder.js'
export type { RetryOptions } from './retry-policy.js'
export { Secret, type SecretSource } from './secret.js'
export {
  type ProcessSecretOptions,
  secretFromEnvironment,
  secretFromFile,
  secretFromProcess,
} from './secret-providers.js'
export type { OpenTelemetryApi, TelemetrySpan } from './telemetry.js'
export type { TokenCache } from './token-cache.js'
export type { TokenClock } from './token-clock.js'
export { type TokenFileCacheOptions, tokenFileCache } from './token-file-cache.js'
export type { ReceivedResponse } from './transport-contract.js'
