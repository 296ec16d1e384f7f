import { createPayloadHash, EMPTY_PAYLOAD_HASH } from '../payload-hash.js'
import { listBodyVariants } from './body-variants.js'
import { listHeaderVariants } from './header-variants.js'
import type { RecordedRequest } from './recorded-request.js'
import { listPathVariants, listQueryVariants } from './target-variants.js'

/** A canonical request before its parts are joined. */
export interface CanonicalParts {
  readonly method: string
  readonly uri: string
  readonly query: string
  /** `name:value`, one for each signed header. */
  readonly headerLines: readonly string[]
  readonly signedHeaders: string
  readonly payloadHash: string
  /** Applied last, to the whole text. */
  readonly form?: ((text: string) => string) | undefined
}

/** One mistake: what it changes. Two of them go together when they change different parts. */
export type PartChange = Partial<CanonicalParts>

/** A canonical request that a signer may have made. */
export interface CanonicalVariant {
  readonly text: string
  /** The canonical requests with each mistake alone, from which its cause can be told; empty for the right one. */
  readonly single: readonly string[]
}

/** Joins the parts as `spec/partner-signing.md` §4 says. */
export function joinCanonicalParts(parts: CanonicalParts): string {
  const { method, uri, query, headerLines, signedHeaders, payloadHash, form } = parts
  const text = [method, uri, query, ...headerLines, '', signedHeaders, payloadHash].join('\n')
  return form === undefined ? text : form(text)
}

/**
 * The right canonical request, then those with one usual mistake.
 *
 * @param hosts other names under which the service is known to the signer
 */
export function listCanonicalChanges(
  parts: CanonicalParts,
  request: RecordedRequest,
  hosts: readonly string[],
): readonly PartChange[] {
  const target = request.query === '' ? request.path : `${request.path}?${request.query}`
  const host = request.headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? ''
  const changes: PartChange[] = [
    ...listPathVariants(parts.uri).map(uri => ({ uri })),
    ...[target, `https://${host}${target}`, `http://${host}${target}`, `https://${host}${parts.uri}`].map(
      uri => ({ uri }),
    ),
    { uri: target, query: '' },
    ...listQueryVariants(parts.query).map(query => ({ query })),
    ...listHeaderVariants(parts, request, hosts),
    ...listPayloadHashes(parts.payloadHash, request).map(payloadHash => ({ payloadHash })),
    ...[parts.method.toLowerCase(), 'GET', 'POST', 'PUT', ''].map(method => ({ method })),
    ...FORMS.map(form => ({ form })),
  ]
  const right = joinCanonicalParts(parts)
  return changes.filter(change => joinCanonicalParts({ ...parts, ...change }) !== right)
}

/** Two mistakes at once. */
export function pairChanges(
  parts: CanonicalParts,
  changes: readonly PartChange[],
): readonly CanonicalVariant[] {
  const alone = changes.map(change => joinCanonicalParts({ ...parts, ...change }))
  const pairs: CanonicalVariant[] = []
  for (const [i, first] of changes.entries()) {
    const names = Object.keys(first)
    for (let j = i + 1; j < changes.length; j++) {
      const second = changes[j]!
      if (names.some(name => name in second)) continue
      pairs.push({
        text: joinCanonicalParts({ ...parts, ...first, ...second }),
        single: [alone[i]!, alone[j]!],
      })
    }
  }
  return pairs
}

const FORMS: readonly ((text: string) => string)[] = [
  text => `${text}\n`,
  text => text.replaceAll('\n', '\r\n'),
  text => text.replaceAll('\n', '\\n'),
  // Without the empty line of an empty query; without the one after the headers.
  text => text.replace(/^([^\n]*\n[^\n]*\n)\n/, '$1'),
  text => text.replace(/\n\n(?=[^\n]*\n[^\n]*$)/, '\n'),
  // UTF-8 written as UTF-8 once more.
  text => Array.from(new TextEncoder().encode(text), byte => String.fromCharCode(byte)).join(''),
]

function listPayloadHashes(right: string, { headers, body }: RecordedRequest): readonly string[] {
  const claimed = headers
    .filter(([name]) => /^x-[a-z0-9]+-content-sha256$/i.test(name))
    .map(([, value]) => value)
  const bodies =
    body === undefined ? [] : listBodyVariants(body).map(variant => createPayloadHash(variant.body))
  return [
    ...new Set([...claimed, EMPTY_PAYLOAD_HASH, right.toUpperCase(), 'UNSIGNED-PAYLOAD', '', ...bodies]),
  ]
}
