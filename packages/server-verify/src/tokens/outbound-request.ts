import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { createGuardedLookup, hostOf, type OutboundPolicy } from './outbound-policy.js'

/** One question to another server. */
export interface OutboundRequest {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** For all of it, from the look-up of the name to the last byte. */
  readonly timeoutMs: number
  /** Most bytes of the answer. */
  readonly maxBytes: number
  readonly policy: OutboundPolicy
}

/** The question got no answer that can be used. Holds nothing of what was sent or received. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError' as const
}

/**
 * Asks for JSON. No redirects, no compression, no cookies, no proxy, a connection of its own.
 *
 * @returns the parsed body of an answer with status 200
 * @throws OutboundError
 */
export async function requestJson(request: OutboundRequest): Promise<unknown> {
  const text = await exchange(request)
  try {
    return JSON.parse(text)
  } catch {
    throw new OutboundError(`${request.url.origin} answered with no JSON.`)
  }
}

function exchange(request: OutboundRequest): Promise<string> {
  const { url, method, headers, body, timeoutMs, policy } = request
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(explain(error, request))
    const outgoing = send(
      {
        method,
        hostname: hostOf(url),
        port: url.port,
        path: url.pathname + url.search,
        headers: { accept: 'application/json', ...headers },
        agent: false,
        lookup: createGuardedLookup(policy),
        ca: policy.certificateAuthorities,
        signal: AbortSignal.timeout(timeoutMs),
      },
      answer => readBody(answer, request).then(resolve, fail),
    )
    outgoing.on('error', fail)
    outgoing.end(body)
  })
}

async function readBody(answer: IncomingMessage, { url, maxBytes }: OutboundRequest): Promise<string> {
  try {
    if (answer.statusCode !== 200)
      throw new OutboundError(`${url.origin} answered with status ${answer.statusCode}.`)
    if (answer.headers['content-encoding'] !== undefined)
      throw new OutboundError(`${url.origin} answered with a content coding that was not asked for.`)
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of answer) {
      bytes += chunk.length
      if (bytes > maxBytes)
        throw new OutboundError(`${url.origin} answered with more than ${maxBytes} bytes.`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  } finally {
    answer.destroy()
  }
}

function explain(error: unknown, { url, timeoutMs }: OutboundRequest): OutboundError {
  if (error instanceof OutboundError) return error
  const name = error instanceof Error ? error.name : ''
  if (name === 'AbortError' || name === 'TimeoutError')
    return new OutboundError(`${url.origin} did not answer within ${timeoutMs} ms.`, { cause: error })
  return new OutboundError(`${url.origin} could not be asked.`, { cause: error })
}
