import { describeConnectionFailure } from './connection-failure.js'
import { ConnectionError, PartnerError } from './errors.js'
import { formatTarget, type OutgoingRequest } from './outgoing-request.js'
import {
  type ReceivedResponse,
  type Transport,
  type TransportLimits,
  tooLarge,
} from './transport-contract.js'

/** A transport over a `fetch` that the caller brings: a mock, another runtime's, one with tracing. */
export function createFetchTransport(fetch: typeof globalThis.fetch, limits: TransportLimits): Transport {
  return {
    async send(request, signal) {
      const timeout = new AbortController()
      const timer = setTimeout(() => timeout.abort(), limits.timeoutMs)
      try {
        const combined = signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal])
        const response = await fetch(request.origin + formatTarget(request), createInit(request, combined))
        return await receive(response, request.authority, limits.maxResponseBytes)
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason
        if (timeout.signal.aborted) {
          const message = `No complete answer from ${request.authority} within ${limits.timeoutMs} ms.`
          throw new ConnectionError('response_timeout', message)
        }
        if (error instanceof PartnerError) throw error
        // fetch hides the reason of a failed connection in `cause`. Whether anything was sent, it does not say.
        const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
        throw describeConnectionFailure(cause, request.authority, true)
      } finally {
        clearTimeout(timer)
      }
    },
    async certificateThumbprint() {
      return undefined
    },
    async close() {},
  }
}

function createInit(request: OutgoingRequest, signal: AbortSignal): RequestInit {
  return {
    method: request.method,
    headers: request.headers.map(([name, value]): [string, string] => [name, value]),
    redirect: 'manual',
    signal,
    ...(request.body === undefined ? {} : { body: request.body as Uint8Array<ArrayBuffer> }),
  }
}

async function receive(response: Response, authority: string, maxBytes: number): Promise<ReceivedResponse> {
  const chunks: Uint8Array[] = []
  let received = 0
  for await (const chunk of response.body ?? []) {
    received += chunk.length
    if (received > maxBytes) throw tooLarge(authority, maxBytes)
    chunks.push(chunk)
  }
  const body = new Uint8Array(received)
  let at = 0
  for (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.length
  }
  return { status: response.status, headers: Object.fromEntries(response.headers), body }
}
