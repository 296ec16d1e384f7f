export type { AuthenticationContext, Authenticator, SigningTrace } from './authenticator.js'
export type { DebugContext, DebugEvent } from './debug-event.js'
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
export { type HmacAuthOptions, hmacAuth } from './hmac-authenticator.js'
export { type NormalizeEventOptions, normalizeEvent } from './normalize-event.js'
export type { PartnerClientOptions } from './options.js'
export type { Order, RecordedEvent } from './order.js'
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
export type { CallOptions, Orders } from './orders.js'
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
  ThrottleInfo,
} from './push-outcome.js'
export type { PartnerRequest } from './request-builder.js'
export type { RetryOptions } from './retry-policy.js'
export { Secret, type SecretSource } from './secret.js'
