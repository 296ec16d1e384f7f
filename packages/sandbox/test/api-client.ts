import { randomUUID } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import type { ReadyFile } from '../src/index.js'
import { signRequest, type TestKey } from './independent-signer.js'
import { type Answer, expectDocumented } from './response-checker.js'

/** What to send. */
export interface Sending {
  readonly method?: string
  readonly target: string
  /** A string or bytes go as they are; anything else as JSON. */
  readonly body?: unknown
  /** Signed. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent and not signed; may replace signed ones. */
  readonly unsigned?: Readonly<Record<string, string>>
  /** `null`: not signed at all. Default: the demo credential. */
  readonly key?: TestKey | null
  readonly now?: Date
}

/** An answer with its JSON; the document says what it holds, and every one is held to it. */
export interface CheckedAnswer extends Answer {
  // The tests name the fields that they expect; the shapes were checked against the document before.
  readonly body: JsonBody
}
export type JsonBody = { readonly [name: string]: JsonBody } & readonly JsonBody[]

/** The only way for tests to talk to the API: no answer goes unchecked. */
export class ApiClient {
  readonly #url: URL
  readonly #key: TestKey
  readonly #agent: Agent = new Agent({ keepAlive: true, maxSockets: 50 })

  constructor({ url, hmac }: ReadyFile) {
    this.#url = new URL(url)
    this.#key = hmac
  }

  sign(sending: Sending): Record<string, string> {
    const { method = 'GET', target, headers = {}, key = this.#key, now, unsigned = {} } = sending
    if (key === null) return { host: this.#url.host, ...headers, ...unsigned }
    const signed = signRequest(key, {
      method,
      target,
      host: this.#url.host,
      body: bytesOf(sending.body),
      headers,
      ...(now === undefined ? {} : { now }),
    })
    return { ...signed, ...unsigned }
  }

  async send(sending: Sending): Promise<CheckedAnswer> {
    return this.sendSigned(sending, this.sign(sending))
  }

  /** Sends with ready-made headers: for copies, and for changes after signing. */
  async sendSigned(
    { method = 'GET', target, body }: Sending,
    headers: Record<string, string>,
  ): Promise<CheckedAnswer> {
    const answer = await exchange(this.#url, this.#agent, { method, target, body: bytesOf(body), headers })
    expectDocumented(answer)
    const isJson = /json/.test(String(answer.headers['content-type']))
    return { ...answer, body: isJson ? JSON.parse(answer.text) : {} }
  }

  /** Pushes one event. */
  push(
    orderId: string,
    event: object,
    options: Omit<Sending, 'target' | 'body'> = {},
  ): Promise<CheckedAnswer> {
    return this.send({ method: 'POST', target: `/v1/orders/${orderId}/statuses`, body: event, ...options })
  }

  pushBatch(
    items: readonly unknown[],
    options: Omit<Sending, 'target' | 'body'> = {},
  ): Promise<CheckedAnswer> {
    return this.send({ method: 'POST', target: '/v1/order-statuses', body: { items }, ...options })
  }

  get(target: string, options: Omit<Sending, 'target'> = {}): Promise<CheckedAnswer> {
    return this.send({ target, ...options })
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** An event that is fine, with a new id. */
export function newEvent(changes: object = {}): { eventId: string; status: string; occurredAt: string } {
  return { eventId: `evt_${randomUUID()}`, status: 'shipped', occurredAt: '2026-11-21T22:30:40Z', ...changes }
}

function bytesOf(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array()
  if (body instanceof Uint8Array) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function exchange(
  url: URL,
  agent: Agent,
  sending: { method: string; target: string; body: Uint8Array; headers: Record<string, string> },
): Promise<Answer> {
  const { method, target, body, headers } = sending
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        agent,
        hostname: url.hostname,
        port: url.port,
        method,
        path: target,
        headers: body.length === 0 ? headers : { ...headers, 'content-length': body.length },
      },
      response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            method,
            target,
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}
