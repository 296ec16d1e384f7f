import type { AuthenticationNetwork } from '@countersign/sdk'

interface FetchOptions {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: unknown
  readonly signal?: unknown
}

const utf8 = new TextEncoder()
const WITHOUT_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304])

/** What oauth4webapi sends with: the client's own way to the network, with its proxy and certificate authorities. */
export function createNetworkFetch(
  network: AuthenticationNetwork,
): (url: string, options: FetchOptions) => Promise<Response> {
  return async (url, { method, headers, body, signal }) => {
    const { origin, host, pathname, search } = new URL(url)
    const answer = await network.send(
      {
        method,
        origin,
        authority: host,
        path: pathname,
        query: search.slice(1),
        headers: Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
        body: body instanceof URLSearchParams ? utf8.encode(String(body)) : undefined,
      },
      signal instanceof AbortSignal ? signal : undefined,
    )
    const { status } = answer
    const content = WITHOUT_BODY.has(status) ? null : (answer.body as Uint8Array<ArrayBuffer>)
    return new Response(content, { status, headers: answer.headers })
  }
}
