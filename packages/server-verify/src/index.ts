export {
  type AddressBlock,
  type AddressBlockOptions,
  type BlockedAddress,
  createAddressBlock,
} from './address-block.js'
export type { PreAuthLimit } from './address-limiter.js'
export type { ChainPosition } from './audit-chain.js'
export type { AuditCheckpoint, CheckpointKey, CheckpointVerificationKey } from './audit-checkpoint.js'
export type { CheckpointOptions } from './audit-checkpoints.js'
export type { AuditStatus, AuditTrouble, SinkFailurePolicy } from './audit-delivery.js'
export type { AuditBlockEvent, AuditCheckpointNote, AuditEntry, AuditGap } from './audit-event.js'
export { readAuditLines } from './audit-lines.js'
export { type AuditLog, type AuditLogOptions, type ChainedAuditLog, createAuditLog } from './audit-log.js'
export type { AuditProblem, AuditProblemKind } from './audit-problem.js'
export type { AuditRecord, AuditSummary } from './audit-record.js'
export type { AuditSink } from './audit-sink.js'
export {
  type AuditChainSummary,
  type AuditVerification,
  type AuditVerificationOptions,
  verifyAuditChain,
} from './audit-verification.js'
export type { ConcurrencyLimit, Lease } from './concurrency-limit.js'
export type {
  AccessTokenCredential,
  ApiKeyCredential,
  ClientCertificateCredential,
  Credential,
  CredentialBase,
  HmacCredential,
  HttpSignatureCredential,
  RequiredLayer,
  SchemeName,
} from './credential.js'
export { CredentialError, type CredentialErrorCode } from './credential-error.js'
export { importPublicKey, replacePublicKey } from './credential-life/import-public-key.js'
export {
  type IssuedCredential,
  issueCredential,
  type LifeOptions,
} from './credential-life/issue-credential.js'
export type { CredentialProof } from './credential-life/new-credential.js'
export type { CredentialRestrictions } from './credential-life/restrictions.js'
export { type RevocationOptions, revokeCredential } from './credential-life/revoke-credential.js'
export {
  type RotatedCredential,
  type RotationOptions,
  rotateCredential,
} from './credential-life/rotate-credential.js'
export type { CredentialDescription } from './credential-record.js'
export type {
  ChangeNote,
  CredentialAction,
  CredentialChange,
  CredentialEvent,
  CredentialFilter,
  CredentialRegistry,
  RevisedCredentialStore,
  RevisionChanges,
} from './credential-registry.js'
export type { CredentialStore } from './credential-store.js'
export { certificateKeyId, tokenBindingKeyId } from './derived-key-id.js'
export {
  DependencyError,
  type SignatureExplanation,
  VerificationError,
  type VerificationErrorFacts,
} from './errors.js'
export {
  createExtAuthzServer,
  type ExtAuthzOptions,
  type OriginalRequest,
} from './ext-authz/ext-authz-server.js'
export {
  type GatewayCaller,
  readGatewayCaller,
  type VerifiedGatewayCaller,
  verifyBody,
} from './ext-authz/gateway-caller.js'
export type { Gateway } from './ext-authz/original-request.js'
export type { Freshness } from './freshness.js'
export type { Roles } from './granted-scopes.js'
export type { IncomingRequest, Peer } from './incoming-request.js'
export type { CredentialInvalidation, InvalidationListener, StopListening } from './invalidation.js'
export {
  createLocalKeyEncryptionKey,
  type KeyEncryptionKey,
  parseKeyEncryptionKeys,
  readKeyEncryptionKeys,
} from './key-encryption-key.js'
export {
  createEnrolmentChallenge,
  type EnrolledKey,
  type EnrolmentProof,
  type EnrolmentRequest,
  verifyEnrolment,
} from './key-enrolment.js'
export type { NdjsonFileOptions, NdjsonFileSink } from './ndjson-file-sink.js'
export { createNdjsonSink } from './ndjson-sink.js'
export { type ProblemDetails, type ProblemPart, type ProblemResponse, toProblem } from './problem-response.js'
export { createPrometheusMetrics, type PrometheusMetrics } from './prometheus-metrics.js'
export { parsePublicKey, type SigningPublicKey } from './public-key.js'
export type { QuotaPolicy } from './quota-policy.js'
export {
  formatQuotaHeaders,
  type QuotaDecision,
  type QuotaState,
  type QuotaSubject,
  type RateLimit,
} from './rate-limit.js'
export type { ReplayClaim, ReplayGuard } from './replay-guard.js'
export type { Authorities } from './request-authority.js'
export { createRequestId } from './request-id.js'
export type { RequestLimits } from './request-limits.js'
export { createRequestVerifier, type RequestVerifier } from './request-verifier.js'
export type { Requirement, ResourceDecision, ResourceRule } from './requirement.js'
export { createRevisionInvalidation, type RevisionInvalidationOptions } from './revision-invalidation.js'
export { type AccessTokenOptions, accessToken } from './schemes/access-token.js'
export { type ApiKeyOptions, apiKey } from './schemes/api-key.js'
export { clientCertificate } from './schemes/client-certificate.js'
export { type HmacSignatureOptions, hmacSignature } from './schemes/hmac-signature.js'
export { type HttpMessageSignatureOptions, httpMessageSignature } from './schemes/http-message-signature.js'
export type { VerificationScheme } from './schemes/verification-scheme.js'
export { createSecretBox, type SealedSecret, type SecretBox, type SecretBoxOptions } from './secret-box.js'
export { SecretBoxError, type SecretBoxErrorCode } from './secret-box-error.js'
export type { SignatureEvidence } from './signature-evidence.js'
export {
  type CachedCredentialStore,
  type CachedCredentialStoreOptions,
  createCachedCredentialStore,
} from './stores/cached-credential-store.js'
export {
  createFileCredentialStore,
  type FileCredentialStoreOptions,
} from './stores/file-credential-store.js'
export {
  type ConcurrencyOptions,
  createMemoryConcurrencyLimit,
  type MemoryConcurrencyLimitOptions,
} from './stores/memory-concurrency-limit.js'
export { createMemoryCredentialStore, type MemoryCredentialStore } from './stores/memory-credential-store.js'
export { createMemoryRateLimit, type MemoryRateLimitOptions } from './stores/memory-rate-limit.js'
export {
  createMemoryReplayGuard,
  type MemoryReplayGuard,
  type MemoryReplayGuardOptions,
} from './stores/memory-replay-guard.js'
export {
  type CounterName,
  combineTelemetry,
  type HistogramName,
  INSTRUMENTS,
  type InstrumentDefinition,
  type Labels,
  type ObservedName,
  type Telemetry,
  type VerificationFacts,
  type VerificationSpan,
} from './telemetry.js'
export { createDpopNonces, type DpopNonceOptions, type DpopNonces } from './tokens/dpop-nonces.js'
export type { DpopOptions } from './tokens/dpop-policy.js'
export type { JwksCounts, JwksTimes, KeySource } from './tokens/jwks-source.js'
export {
  createMemoryRevocationList,
  type MemoryRevocationList,
  type MemoryRevocationListOptions,
} from './tokens/memory-revocation-list.js'
export type { OutboundOptions } from './tokens/outbound-policy.js'
export {
  type ClientRevocation,
  type RevocationList,
  revocationKey,
  type TokenIdentity,
  type TokenRevocation,
  type WritableRevocationList,
} from './tokens/revocation-list.js'
export type { TokenAlgorithm } from './tokens/token-algorithm.js'
export {
  createTokenIntrospection,
  type TokenIntrospection,
  type TokenIntrospectionOptions,
} from './tokens/token-introspection.js'
export {
  createTrustedIssuers,
  type KnownIssuer,
  type TrustedIssuer,
  type TrustedIssuers,
} from './tokens/trusted-issuers.js'
export type { DependencyErrorCode, VerificationErrorCode } from './verification-error-codes.js'
export type { VerifiedCaller } from './verified-caller.js'
export type { RequestVerifierOptions } from './verifier-options.js'
export {
  createWebhookSender,
  type WebhookDelivery,
  type WebhookSender,
  type WebhookSenderOptions,
} from './webhook-sender.js'
export {
  signWebhook,
  type WebhookCredential,
  type WebhookSigningOptions,
  type WebhookToSign,
} from './webhook-signature.js'
