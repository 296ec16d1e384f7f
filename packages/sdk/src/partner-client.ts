import { invalidResponse, readBody, readRequestId } from './answer.js'
import type { ApiAccess } from './api-access.js'
import { CircuitBreaker } from './circuit-breaker.js'
import { CorrectedClock } from './corrected-clock.js'
import { Events } from './events.js'
import { Exchange } from './exchange.js'
import { createFetchTransport } from './fetch-transport.js'
import { LifecycleNotices } from './lifecycle-notices.js'
import { createListeners } from './listeners.js'
import { type BaseUrl, type PartnerClientOptions, parseBaseUrl } from './options.js'
import { Orders } from './orders.js'
import { isRecord } from './problem-details.js'
import { buildRequest, isRepeatable, type PartnerRequest } from './request-builder.js'
import { createRetryPolicy } from './retry-policy.js'
import { Telemetry } from './telemetry.js'
import { createTransport } from './transport.js'
import type { ReceivedResponse, Transport } from './transport-contract.js'

/** A good answer to {@link PartnerClient.request}. */
export interface PartnerResponse {
  /** 200 to 299. */
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Parsed when it is JSON, else text; undefined when empty. */
  readonly body: unknown
  readonly requestId: string | undefined
}

/** Who the API takes us for. */
export interface Caller {
  readonly partner: string
  readonly credentialId: string
  /** `hmac` … */
  readonly scheme: string
  readonly scopes: readonly string[]
  readonly environment: string
  readonly api: string
  readonly serverTime: string
}

/**
 * The order-status API, called with a partner's credential. Keeps connections open: make one and close it at the end.
 *
 * @throws UsageError `base_url_invalid`, `proxy_invalid`
 *
 * @example
 * ```ts
 * import { hmacAuth, PartnerClient } from '@countersign/sdk'
 *
 * const client = new PartnerClient({
 *   baseUrl: 'https://api.example.com',
 *   auth: hmacAuth({ keyId: 'demo_acme_key1', secret: '…', environment: 'live', api: 'orders' }),
 * })
 * const receipt = await client.orders.pushStatus('A-1001', { status: 'shipped', occurredAt: new Date() })
 * console.log(receipt.effect, receipt.currentStatus)
 * await client.close()
 * ```
 */
export class PartnerClient {
  readonly orders: Orders
  readonly events: Events
  readonly #base: BaseUrl
  readonly #userAgent: string
  readonly #transport: Transport
  readonly #exchange: Exchange

  constructor(options: PartnerClientOptions) {
    const { auth, timeoutMs = 30_000, caBundle, proxy, clientCertificate, http2 } = options
    const { circuitBreaker = {}, openTelemetry } = options
    this.#base = parseBaseUrl(options.baseUrl)
    this.#userAgent = options.userAgent === undefined ? USER_AGENT : `${options.userAgent} ${USER_AGENT}`
    const limits = {
      timeoutMs,
      connectTimeoutMs: options.connectTimeoutMs ?? Math.min(timeoutMs, 10_000),
      headersTimeoutMs: options.headersTimeoutMs ?? timeoutMs,
      maxResponseBytes: options.maxResponseBytes ?? 16 * 1024 * 1024,
    }
    this.#transport =
      options.fetch === undefined
        ? createTransport({ ...limits, caBundle, proxy, clientCertificate, http2 })
        : createFetchTransport(options.fetch, limits)
    const clock = new CorrectedClock(options.clock ?? Date.now)
    const retry = createRetryPolicy(options.retry)
    this.#exchange = new Exchange({
      transport: this.#transport,
      network: this.#transport,
      auth,
      clock,
      retry,
      notices: new LifecycleNotices(),
      breaker:
        circuitBreaker === false ? undefined : new CircuitBreaker(circuitBreaker, () => performance.now()),
      telemetry: openTelemetry && new Telemetry(openTelemetry),
      ...createListeners(options),
    })
    const api: ApiAccess = {
      environment: auth.environment,
      now: () => clock.now(),
      retry,
      run: request => this.#run(request),
      attempt: (request, number) => {
        const outgoing = buildRequest(this.#base, this.#userAgent, request)
        return this.#exchange.attempt(outgoing, { repeatable: true, signal: request.signal }, number)
      },
    }
    this.orders = new Orders(api)
    this.events = new Events(api)
  }

  /**
   * Sends any request, signed, with retries.
   *
   * @throws UsageError for a request that cannot be signed (nothing is sent); AuthenticationError,
   * RequestRefusedError, ServiceUnavailableError, ConnectionError, ResponseError; the reason of `signal`
   */
  async request(request: PartnerRequest): Promise<PartnerResponse> {
    const response = await this.#run(request)
    const { status, headers } = response
    return { status, headers, body: readBody(response), requestId: readRequestId(response) }
  }

  /** Asks the API who we are: a test of address, clock and credential at once. @throws as {@link request} */
  async whoami(signal?: AbortSignal): Promise<Caller> {
    const response = await this.#run({ method: 'GET', path: '/v1/whoami', signal })
    const body = readBody(response)
    if (isRecord(body) && typeof body['partner'] === 'string') return body as unknown as Caller
    throw invalidResponse(response, 'it names no partner')
  }

  /** Waits for what is under way and closes the connections. */
  close(): Promise<void> {
    return this.#transport.close()
  }

  async #run(request: PartnerRequest): Promise<ReceivedResponse> {
    const outgoing = buildRequest(this.#base, this.#userAgent, request)
    return this.#exchange.run(outgoing, { repeatable: isRepeatable(request), signal: request.signal })
  }
}

const USER_AGENT = 'countersign-sdk'
