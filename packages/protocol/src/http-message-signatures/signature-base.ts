import type { HeaderPair } from '../canonical-headers.js'
import { ProtocolError, quoteFragment } from '../errors.js'
import { type DerivedComponent, isDerivedComponent } from './covered-components.js'

/** A request as it stands on the wire; no URL, nothing decoded or normalised. */
export interface MessageToSign {
  readonly method: string
  /** The value of Host, or HTTP/2's `:authority`: lower case, with the port if one is sent. */
  readonly authority: string
  /** Raw path. */
  readonly path: string
  /** Raw query without `?`; `''` when there is none. */
  readonly query: string
  /** In wire order. Values one character per byte (latin1). */
  readonly headers: readonly HeaderPair[]
}

const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/
const TARGET = /^[\x21-\x7e]*$/
const AUTHORITY = /^[\x21-\x40\x5b-\x7e]+$/
const FIELD_VALUE = /^[\x20-\x7e]*$/

/**
 * The signature base (RFC 9421 §2.5): a line for each covered component and, last, the signature parameters. ASCII.
 *
 * @param components in their order; see `assertCoveredComponents`
 * @param signatureParameters the text that stands in Signature-Input behind `label=`
 * @throws ProtocolError `signature_input_invalid` when a covered header is absent, `header_invalid`, `method_invalid`,
 *   `target_not_canonical`, `query_not_canonical`
 *
 * @example
 * ```ts
 * import { createSignatureBase } from '@countersign/protocol/http-message-signatures'
 *
 * const request = { method: 'GET', authority: 'api.example.com', path: '/v1/whoami', query: '', headers: [] }
 * console.log(createSignatureBase(request, ['@method', '@query'], '("@method" "@query");created=1795303840'))
 * ```
 */
export function createSignatureBase(
  message: MessageToSign,
  components: readonly string[],
  signatureParameters: string,
): string {
  let base = ''
  for (const name of components) {
    const value = isDerivedComponent(name) ? deriveComponent(message, name) : readField(message.headers, name)
    base += `"${name}": ${value}\n`
  }
  return `${base}"@signature-params": ${signatureParameters}`
}

/**
 * The value of a header field as a signature covers it (RFC 9421 §2.1): blanks removed at both ends of each line, the lines
 * joined by `, ` in wire order. Blanks inside stay as they are.
 *
 * @returns `undefined` when there is no such field
 * @throws ProtocolError `header_invalid` for a character that is no printable ASCII
 *
 * @example
 * ```ts
 * import { createFieldValue } from '@countersign/protocol/http-message-signatures'
 *
 * console.log(createFieldValue([['Accept', 'text/html '], ['accept', '*' + '/*']], 'accept')) // text/html, *\/*
 * ```
 */
export function createFieldValue(headers: readonly HeaderPair[], name: string): string | undefined {
  let joined: string | undefined
  for (const [headerName, raw] of headers) {
    if (headerName.length !== name.length) continue
    if (headerName !== name && headerName.toLowerCase() !== name) continue
    const value = raw.replace(/^[ \t]+/, '')
    const trimmed = trimEnd(value)
    if (!FIELD_VALUE.test(trimmed)) throw refuseValue(name)
    joined = joined === undefined ? trimmed : `${joined}, ${trimmed}`
  }
  return joined
}

function deriveComponent({ method, authority, path, query }: MessageToSign, name: DerivedComponent): string {
  switch (name) {
    case '@method':
      if (METHOD.test(method)) return method
      throw new ProtocolError('method_invalid', 'method', `${quoteFragment(method)} is no HTTP method.`)
    case '@authority':
      if (AUTHORITY.test(authority)) return authority
      throw new ProtocolError(
        'header_invalid',
        'host',
        `The host ${quoteFragment(authority)} cannot be signed. Send it in lower case.`,
      )
    case '@path':
      if (path.startsWith('/') && TARGET.test(path)) return path
      throw new ProtocolError(
        'target_not_canonical',
        'path',
        `The path ${quoteFragment(path)} cannot be signed.`,
      )
    case '@query':
      if (TARGET.test(query)) return `?${query}`
      throw new ProtocolError(
        'query_not_canonical',
        'query',
        `The query ${quoteFragment(query)} cannot be signed.`,
      )
  }
}

function readField(headers: readonly HeaderPair[], name: string): string {
  const value = createFieldValue(headers, name)
  if (value !== undefined) return value
  throw new ProtocolError(
    'signature_input_invalid',
    quoteFragment(name).slice(1, -1),
    `The signature covers ${quoteFragment(name)}, but the request has no such header.`,
  )
}

// Not a regular expression: `[ \t]+$` tries every run of blanks.
function trimEnd(value: string): string {
  let end = value.length
  while (end > 0 && (value.charCodeAt(end - 1) === 0x20 || value.charCodeAt(end - 1) === 0x09)) end--
  return value.slice(0, end)
}

function refuseValue(name: string): ProtocolError {
  return new ProtocolError(
    'header_invalid',
    quoteFragment(name).slice(1, -1),
    `The header ${quoteFragment(name)} holds a tab, a control character or a character outside ASCII. A signature cannot cover it; remove it.`,
  )
}
