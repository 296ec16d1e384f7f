import type { OutgoingRequest } from './outgoing-request.js'
import type { ReceivedResponse } from './transport-contract.js'

/** Sends one request and reads its answer; a transport's `send`. */
export type SendRequest = (
  request: OutgoingRequest,
  signal: AbortSignal | undefined,
) => Promise<ReceivedResponse>

interface OAuthRequest {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: unknown
  readonly signal?: unknown
}

const utf8 = new TextEncoder()
const WITHOUT_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304])

/** What oauth4webapi sends with: the same way to the network as the API's requests, and no redirects either. */
export function createOAuthFetch(
  send: SendRequest,
): (url: string, options: OAuthRequest) => Promise<Response> {
  return async (url, options) => {
    const { origin, host, pathname, search } = new URL(url)
    const body = options.body instanceof URLSearchParams ? utf8.encode(String(options.body)) : undefined
    const request: OutgoingRequest = {
      method: options.method,
      origin,
      authority: host,
      path: pathname,
      query: search.slice(1),
      headers: Object.entries(options.headers).map(([name, value]) => [name.toLowerCase(), value]),
      body,
    }
    const {
      status,
      headers,
      body: answer,
    } = await send(request, options.signal instanceof AbortSignal ? options.signal : undefined)
    return new Response(WITHOUT_BODY.has(status) ? null : (answer as Uint8Array<ArrayBuffer>), {
      status,
      headers,
    })
  }
}
