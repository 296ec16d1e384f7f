import {
  createCanonicalQuery,
  createCanonicalUri,
  type HeaderPair,
  PARTNER_SCHEME,
  ProtocolError,
} from '@countersign/protocol'
import {
  createContentDigest,
  createSignatureBase,
  formatSignature,
  formatSignatureParameters,
} from '@countersign/protocol/http-message-signatures'
import { createNonce } from './nonce.js'
import type { OutgoingRequest } from './outgoing-request.js'
import { createSignedHeaderRule } from './signed-header-rule.js'

/** What goes into a signature beside the request. */
export interface MessageSignatureOptions {
  readonly keyId: string
  readonly tag: string
  readonly lifetimeSeconds: number
  /** ms since epoch. */
  readonly now: number
  /** Default: 128 random bits. */
  readonly nonce?: string | undefined
}

/** A request ready to be signed. */
export interface PreparedMessageSignature {
  /** The bytes to sign, ASCII. */
  readonly base: string
  /** The signer's own headers, once there is a signature. */
  headers(signature: Uint8Array): readonly HeaderPair[]
}

const LABEL = 'sig1'
const DERIVED = ['@method', '@authority', '@path', '@query']
const OWN: ReadonlySet<string> = new Set([
  ...['signature', 'signature-input', 'content-digest', 'authorization', 'host'],
])
const RULE = createSignedHeaderRule(PARTNER_SCHEME)

/**
 * The signature base of a request and what is sent beside the signature (`spec/partner-signing.md` §13).
 *
 * @throws ProtocolError `target_not_canonical`, `query_not_canonical`, `header_invalid`, `method_invalid`,
 *   `component_not_covered` for a body without content-type
 */
export function prepareMessageSignature(
  request: OutgoingRequest,
  { keyId, tag, lifetimeSeconds, now, nonce = createNonce() }: MessageSignatureOptions,
): PreparedMessageSignature {
  createCanonicalUri(request.path)
  createCanonicalQuery(request.query)
  const hasBody = request.body !== undefined && request.body.length > 0
  const own: HeaderPair[] = hasBody ? [['content-digest', createContentDigest(request.body)]] : []
  const covered = listCovered(request.headers)
  if (hasBody && !covered.includes('content-type')) throw refuseUntyped()
  const components = [...DERIVED, ...covered, ...own.map(([name]) => name)]
  const created = Math.floor(now / 1000)
  const parameters = { created, expires: created + lifetimeSeconds, nonce, keyid: keyId, tag }
  const text = formatSignatureParameters({ components, parameters })
  const { method, authority, path, query } = request
  const message = { method, authority, path, query, headers: [...request.headers, ...own] }
  return {
    base: createSignatureBase(message, components, text),
    headers: signature => [
      ['signature-input', `${LABEL}=${text}`],
      ['signature', formatSignature(LABEL, signature)],
      ...own,
    ],
  }
}

function listCovered(headers: readonly HeaderPair[]): readonly string[] {
  const covered: string[] = []
  for (const [spelled] of headers) {
    const name = spelled.toLowerCase()
    if (OWN.has(name)) throw RULE.refuseOwn(name)
    if (!RULE.mustSign(name)) continue
    if (covered.includes(name)) throw RULE.refuseRepeated(name)
    covered.push(name)
  }
  return covered
}

function refuseUntyped(): ProtocolError {
  return new ProtocolError(
    'component_not_covered',
    'content-type',
    'A request with a body needs the header content-type: it is signed with the body.',
  )
}
