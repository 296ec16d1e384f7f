import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import {
  assertOutboundUrl,
  createGuardedLookup,
  createOutboundPolicy,
  type OutboundOptions,
  type OutboundPolicy,
} from './tokens/outbound-policy.js'
import { signWebhook, type WebhookCredential } from './webhook-signature.js'

/** How webhooks are sent. */
export interface WebhookSenderOptions {
  /** Asked for every attempt: a credential that was replaced is used at once. */
  readonly credential: WebhookCredential | (() => WebhookCredential | Promise<WebhookCredential>)
  /** Where receivers may be. Default: the public internet, over TLS. */
  readonly outbound?: OutboundOptions | undefined
  /** All attempts, the first included. Default 3: what has to survive a restart belongs into a queue of the service. */
  readonly maxAttempts?: number | undefined
  /** Upper bound of the first pause; doubles with every attempt. Default 500. */
  readonly baseDelayMs?: number | undefined
  /** One attempt, connection and answer included. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /** Milliseconds since 1970-01-01T00:00:00Z. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** What came of a webhook. */
export interface WebhookDelivery {
  /** The receiver answered 200 to 299. */
  readonly delivered: boolean
  readonly attempts: number
  /** The last answer; undefined: there was none. */
  readonly status: number | undefined
  /** Why there was none: a system code such as `ECONNREFUSED`, `ETIMEDOUT`, or `url_not_allowed`. */
  readonly failure: string | undefined
  /** Whether it is worth another try later. */
  readonly retryable: boolean
}

/** Sends webhooks to receivers. */
export interface WebhookSender {
  /**
   * Sends one event as JSON. A receiver may get it more than once: it must carry an id of its own. Failures of the network
   * and the receiver are no exceptions but a {@link WebhookDelivery}.
   *
   * @param url as the partner gave it; one that is not allowed is a failure, never a request
   */
  send(url: string | URL, event: object): Promise<WebhookDelivery>
}

type Outcome = Pick<WebhookDelivery, 'status' | 'failure' | 'retryable'>

const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/**
 * Makes a sender. Every attempt is signed anew; redirects are not followed; addresses that are not public are refused when
 * they are connected to, so that a receiver's name cannot be turned against the platform's own network.
 *
 * @throws TypeError a mistake in configuration
 *
 * @example
 * ```ts
 * import { createWebhookSender } from '@countersign/server-verify'
 *
 * const sender = createWebhookSender({ credential: { keyId: 'hook_acme_2026a', secret: '…', environment: 'live' } })
 * const occurredAt = new Date().toISOString()
 * const event = { id: 'order.created.A-1001', type: 'order.created', occurredAt, data: { orderId: 'A-1001' } }
 * const { delivered, status } = await sender.send('https://hooks.acme.example/countersign', event)
 * console.log(delivered, status)
 * ```
 */
export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { credential, maxAttempts = 3, baseDelayMs = 500, timeoutMs = 10_000, now = Date.now } = options
  const policy = createOutboundPolicy(options.outbound ?? {})
  const attempt = async (url: URL, body: Uint8Array): Promise<Outcome> => {
    const current = typeof credential === 'function' ? await credential() : credential
    const headers = signWebhook({ url, body }, current, { now: now() })
    return post(url, headers, body, timeoutMs, policy)
  }
  return {
    async send(target, event) {
      let url: URL
      try {
        url = assertOutboundUrl('The address of the receiver', String(target), policy)
      } catch {
        return {
          delivered: false,
          attempts: 0,
          status: undefined,
          failure: 'url_not_allowed',
          retryable: false,
        }
      }
      const body = new TextEncoder().encode(JSON.stringify(event))
      for (let attempts = 1; ; attempts++) {
        const outcome = await attempt(url, body)
        const delivered = outcome.status !== undefined && outcome.status >= 200 && outcome.status < 300
        if (delivered || !outcome.retryable || attempts >= maxAttempts)
          return { delivered, attempts, ...outcome }
        const pauseMs = Math.random() * baseDelayMs * 2 ** (attempts - 1)
        await new Promise(resolve => setTimeout(resolve, pauseMs))
      }
    },
  }
}

function post(
  url: URL,
  headers: Record<string, string>,
  body: Uint8Array,
  timeoutMs: number,
  policy: OutboundPolicy,
): Promise<Outcome> {
  return new Promise(resolve => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(
      url,
      {
        method: 'POST',
        headers: { ...headers, host: url.host, 'content-length': body.length },
        lookup: createGuardedLookup(policy),
        signal: AbortSignal.timeout(timeoutMs),
        agent: false,
        ...(policy.certificateAuthorities !== undefined && { ca: policy.certificateAuthorities }),
      },
      response => {
        // Nothing of the answer is of interest, and a receiver may send without end.
        response.destroy()
        const status = response.statusCode ?? 0
        resolve({ status, failure: undefined, retryable: TRANSIENT.has(status) })
      },
    )
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isRefused = error instanceof TypeError
      const isLate = error.name === 'AbortError' || error.name === 'TimeoutError'
      const failure = isRefused ? 'url_not_allowed' : isLate ? 'ETIMEDOUT' : (error.code ?? 'ECONNRESET')
      resolve({ status: undefined, failure, retryable: !isRefused })
    })
    request.end(body)
  })
}
