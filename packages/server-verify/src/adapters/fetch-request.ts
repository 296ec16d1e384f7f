import { VerificationError } from '../errors.js'
import type { IncomingRequest } from '../incoming-request.js'
import { createBodyTooLarge, type RequestLimits } from '../request-limits.js'
import { BodyReadError, ConnectionClosedError } from './adapter-error.js'

/**
 * The request as far as a fetch runtime shows it. Its URL was normalised: `/a/../b` arrives as `/b`, and a default
 * port is gone. So a request counts as what it was normalised to, for the router, the handler and the signature
 * alike: whoever signed anything else is refused. Headers that came twice are one, joined by a comma and a blank,
 * which no signature fits; the host of the URL must equal the Host header.
 *
 * @param address of the peer; `undefined` where the runtime does not tell
 */
export function captureFetchRequest(
  request: Request,
  body: Uint8Array,
  address: string | undefined,
): IncomingRequest {
  const { origin, host } = new URL(request.url)
  return {
    method: request.method,
    // Not `pathname` and `search`: an empty query and a fragment would vanish, and must be refused.
    target: request.url.slice(request.url.indexOf('/', origin.length)),
    rawHeaders: [...request.headers].flat(),
    authority: host,
    body,
    peer: { address: address ?? '' },
  }
}

/**
 * Reads the raw body bytes of a `Request`. It stops at the cap and never cuts. The body of a GET is nowhere to be had:
 * a request that says it has one is refused.
 *
 * @throws VerificationError `body_too_large`, `body_not_signed`
 * @throws BodyReadError when something has read the body before
 * @throws ConnectionClosedError nobody is there any more
 */
export async function captureFetchBody(request: Request, limits: RequestLimits): Promise<Uint8Array> {
  if (request.bodyUsed) throw new BodyReadError()
  const declared = Number(request.headers.get('content-length'))
  if (declared > limits.bodyBytes) throw createBodyTooLarge(limits)
  if (request.body === null && (declared !== 0 || request.headers.has('transfer-encoding')))
    throw new VerificationError('body_not_signed', {
      part: 'body',
      message: `A ${request.method} with a body cannot be verified here: the runtime does not show the body.`,
    })
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = request.body?.getReader()
  for (;;) {
    const chunk = await reader?.read().catch((cause: unknown) => {
      throw new ConnectionClosedError({ cause })
    })
    if (chunk === undefined || chunk.done) return Buffer.concat(chunks)
    length += chunk.value.length
    if (length > limits.bodyBytes) {
      void reader?.cancel().catch(() => undefined)
      throw createBodyTooLarge(limits)
    }
    chunks.push(chunk.value)
  }
}
