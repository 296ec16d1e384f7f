import { type IncomingMessage, request as requestPlainly } from 'node:http'
import { request as requestOverTls } from 'node:https'
import { urlToHttpOptions } from 'node:url'

/** As long as the sdk's own transport waits for a connection. */
const CONNECT_TIMEOUT_MS = 10_000

/**
 * A `fetch` for one request over one connection, made of what Node holds ready in its binary. undici, which the sdk
 * sends with otherwise, costs 130 ms to load, and a process that used it waits at its end for V8 to optimise its parser.
 * Good for what the sdk asks of a `fetch` of the caller's and no more: HTTP/1.1, no proxy, nothing followed or decoded.
 */
export const directFetch: typeof globalThis.fetch = async (url, init = {}) => {
  const text = String(url)
  // The target goes out as it was signed: URL would write it anew.
  const targetAt = text.indexOf('/', text.indexOf('//') + 2)
  const origin = new URL(text.slice(0, targetAt))
  const send = origin.protocol === 'https:' ? requestOverTls : requestPlainly
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = send({
      ...urlToHttpOptions(origin),
      path: text.slice(targetAt),
      method: init.method ?? 'GET',
      headers: Object.fromEntries(init.headers as [string, string][]),
      agent: false,
      signal: init.signal ?? undefined,
    })
    const tooSlow = (): void => {
      request.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }))
    }
    const timer = setTimeout(tooSlow, CONNECT_TIMEOUT_MS)
    request.on('socket', socket => {
      socket.once(origin.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timer))
    })
    request.on('close', () => clearTimeout(timer))
    request.on('error', reject)
    request.on('response', resolve)
    request.end(init.body ?? undefined)
  })
  // Not a Response: making one loads the undici inside Node, parser and all.
  return {
    status: response.statusCode,
    headers: readHeaders(response),
    body: response,
  } as unknown as Response
}

/** May {@link directFetch} be used? It knows no proxy; the sdk takes one from the same variables. */
export function mayGoDirectly(env: Readonly<Record<string, string | undefined>>): boolean {
  return ['http_proxy', 'https_proxy', 'all_proxy'].every(
    name => !env[name]?.trim() && !env[name.toUpperCase()]?.trim(),
  )
}

function readHeaders({ headersDistinct }: IncomingMessage): Map<string, string> {
  return new Map(Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(', ')]))
}
