export { Secret, type SecretSource } from './secret.js'
export type { WebhookLimits, WebhookRequest } from './webhook-arrival.js'
export { WebhookError, type WebhookErrorCode } from './webhook-error.js'
export type { WebhookKey, WebhookKeys } from './webhook-keys.js'
export {
  createWebhookVerifier,
  type VerifiedWebhook,
  type WebhookVerifier,
  type WebhookVerifierOptions,
} from './webhook-verifier.js'
