import { formatQuery } from '@countersign/protocol'
import type { Authenticator } from './authenticator.js'
import { formatTarget } from './outgoing-request.js'

/**
 * A `fetch` that signs. The body is read to its end first, because its hash is signed. The query is brought into
 * canonical form; a path that is not canonical is refused. Redirects are not followed: a credential is for one host.
 *
 * The promise rejects with a ProtocolError `target_not_canonical` or `query_not_canonical` when the URL cannot be signed.
 *
 * @param fetch what sends; default: the global one
 *
 * @example
 * ```ts
 * import { createSignedFetch, hmacAuth } from '@countersign/sdk/signing'
 *
 * const auth = hmacAuth({ keyId: 'demo_acme_key1', secret: '…', environment: 'sandbox', api: 'orders' })
 * const signedFetch = createSignedFetch(auth)
 * const response = await signedFetch('http://127.0.0.1:8787/v1/whoami')
 * console.log(response.status)
 * ```
 */
export function createSignedFetch(
  auth: Authenticator,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const url = new URL(request.url)
    const bytes = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer())
    const signed = await auth.authenticate(
      {
        method: request.method,
        origin: url.origin,
        authority: url.host,
        path: url.pathname,
        query: formatQuery(url.searchParams),
        headers: [...request.headers],
        body: bytes,
      },
      { now: Date.now() },
    )
    return fetch(url.origin + formatTarget(signed), {
      method: request.method,
      headers: signed.headers.map(([name, value]): [string, string] => [name, value]),
      redirect: 'manual',
      signal: request.signal,
      ...(bytes === undefined ? {} : { body: bytes }),
    })
  }
}
