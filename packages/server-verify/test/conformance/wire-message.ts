// One request in the two forms in which it can stand on a wire.
import type { SignedRequest } from '../independent-signer.js'

export type HttpVersion = '1.1' | '2'
export type Field = readonly [name: string, value: string]

/** What an attack signs and sends; header values one character per byte. */
export type WireRequest = Pick<SignedRequest, 'method' | 'target' | 'rawHeaders' | 'body'>

/** HTTP/2: the fields of the HEADERS frame as they are, pseudo-headers included; then body and trailers. */
export interface Http2Message {
  readonly fields: readonly Field[]
  readonly body: Buffer
  readonly trailers?: readonly Field[]
}

/** The bytes of an HTTP/1.1 request, one character per byte; the server is asked to close after it. */
export function toHttp1({ method, target, rawHeaders, body }: WireRequest): string {
  const fields = toFields(rawHeaders)
  if (body.length > 0) fields.push(['Content-Length', String(body.length)])
  fields.push(['Connection', 'close'])
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body.toString('latin1')}`
}

/** The first Host becomes `:authority`; a second one stays what it is. */
export function toHttp2({ method, target, rawHeaders, body }: WireRequest): Http2Message {
  const fields = toFields(rawHeaders)
  const host = fields.findIndex(([name]) => name.toLowerCase() === 'host')
  const authority = host === -1 ? [] : fields.splice(host, 1)
  return {
    fields: [
      [':method', method],
      [':scheme', 'http'],
      [':path', target],
      ...authority.map(([, value]): Field => [':authority', value]),
      ...fields.map(([name, value]): Field => [name.toLowerCase(), value]),
    ],
    body,
  }
}

export function toFields(rawHeaders: readonly string[]): Field[] {
  const fields: Field[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) fields.push([rawHeaders[i]!, rawHeaders[i + 1]!])
  return fields
}
