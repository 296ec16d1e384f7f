import {
  type CredentialScope,
  createPayloadHash,
  createRequestSignature,
  deriveSigningKey,
  formatTimestamp,
  type HeaderPair,
  PARTNER_SCHEME,
  parseKeyId,
  parseRequestTarget,
} from '@countersign/protocol'

/** What the platform signs webhooks of one partner with. Not the partner's key for pushes: one secret, one purpose. */
export interface WebhookCredential {
  /** 8 to 64 of `A-Z a-z 0-9 _ -`. */
  readonly keyId: string
  readonly secret: string
  /** `live`, `sandbox` … */
  readonly environment: string
}

/** A webhook before it is signed. */
export interface WebhookToSign {
  /** Where the partner wants it; path and query must be canonical as they stand. */
  readonly url: string | URL
  readonly body: Uint8Array
  /** Default `application/json`. */
  readonly contentType?: string | undefined
}

/** When and how a webhook is signed; everything has a default. */
export interface WebhookSigningOptions {
  /** Milliseconds since 1970-01-01T00:00:00Z. Default: now. */
  readonly now?: number | undefined
  /** Must never be the same twice within a second. Default: 128 random bits. */
  readonly nonce?: string | undefined
}

const { dateHeader, nonceHeader, payloadHashHeader, terminator } = PARTNER_SCHEME
const SIGNED = ['content-type', 'host', dateHeader, payloadHashHeader, nonceHeader].sort()

/**
 * Signs a webhook (`spec/partner-signing.md`, PARTNER row, api `webhooks`).
 *
 * @returns all headers to send with it but Host and Content-Length
 * @throws ProtocolError `target_not_canonical`, `query_not_canonical`, `key_id_invalid`, `header_invalid`
 *
 * @example
 * ```ts
 * import { signWebhook } from '@countersign/server-verify'
 *
 * const body = new TextEncoder().encode(JSON.stringify({ id: 'w-1', type: 'order.created', data: { orderId: 'A-1001' } }))
 * const credential = { keyId: 'hook_acme_2026a', secret: '…', environment: 'live' }
 * const headers = signWebhook({ url: 'https://hooks.acme.example/countersign', body }, credential)
 * console.log(Object.keys(headers))
 * ```
 */
export function signWebhook(
  webhook: WebhookToSign,
  credential: WebhookCredential,
  options: WebhookSigningOptions = {},
): Record<string, string> {
  const url = new URL(webhook.url)
  const { path, query } = parseRequestTarget(`${url.pathname}${url.search}`)
  const timestamp = formatTimestamp(options.now ?? Date.now())
  const nonce = options.nonce ?? createNonce()
  const payloadHash = createPayloadHash(webhook.body)
  const scope: CredentialScope = {
    date: timestamp.slice(0, 8),
    environment: credential.environment,
    api: 'webhooks',
    terminator,
  }
  const headers: HeaderPair[] = [
    ['host', url.host],
    ['content-type', webhook.contentType ?? 'application/json'],
    [dateHeader, timestamp],
    [payloadHashHeader, payloadHash],
    [nonceHeader, nonce],
  ]
  const { authorization } = createRequestSignature(
    { method: 'POST', path, query, headers, payloadHash },
    {
      scheme: PARTNER_SCHEME,
      keyId: parseKeyId(credential.keyId),
      scope,
      signingKey: deriveSigningKey(PARTNER_SCHEME, credential.secret, scope),
      timestamp,
      signedHeaders: SIGNED,
    },
  )
  return Object.fromEntries([...headers.slice(1), ['authorization', authorization]])
}

function createNonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
