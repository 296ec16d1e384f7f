import { ProtocolError, quoteFragment } from '../errors.js'
import { MAX_SIGNED_HEADERS } from '../signed-headers.js'

/** The parts of a request line and its host that a signature can cover; the other components are header fields. */
export const DERIVED_COMPONENTS = ['@method', '@authority', '@path', '@query'] as const

/** A derived component's name (RFC 9421 §2.2). */
export type DerivedComponent = (typeof DERIVED_COMPONENTS)[number]

const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
const DERIVED: ReadonlySet<string> = new Set(DERIVED_COMPONENTS)
const SIGNATURE_FIELDS: ReadonlySet<string> = new Set(['signature', 'signature-input'])

/** Whether a name is one of {@link DERIVED_COMPONENTS}. */
export function isDerivedComponent(name: string): name is DerivedComponent {
  return DERIVED.has(name)
}

/**
 * Makes sure that a list of component names is one that a signature base can be made of: known derived components and
 * lower-case field names, none twice, at most 64 (`spec/partner-signing.md` §13.2).
 *
 * @throws ProtocolError `signature_input_invalid`, naming the component
 *
 * @example
 * ```ts
 * import { assertCoveredComponents } from '@countersign/protocol/http-message-signatures'
 *
 * assertCoveredComponents(['@method', '@authority', '@path', '@query', 'content-digest'])
 * ```
 */
export function assertCoveredComponents(names: readonly string[]): void {
  if (names.length > MAX_SIGNED_HEADERS)
    throw refuse(
      'components',
      `The signature covers ${names.length} components; at most ${MAX_SIGNED_HEADERS} are accepted.`,
    )
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name))
      throw refuse(name, `The signature covers ${quoteFragment(name)} twice. Cover it once.`)
    seen.add(name)
    if (isDerivedComponent(name)) continue
    if (name.startsWith('@'))
      throw refuse(
        name,
        `The signature covers ${quoteFragment(name)}. Of the derived components only ${DERIVED_COMPONENTS.join(', ')} are accepted.`,
      )
    if (!FIELD_NAME.test(name))
      throw refuse(
        name,
        `The signature covers ${quoteFragment(name)}, which is no header name in lower case.`,
      )
    if (SIGNATURE_FIELDS.has(name))
      throw refuse(name, `The signature covers ${quoteFragment(name)}. A signature covers no signature.`)
  }
}

function refuse(name: string, message: string): ProtocolError {
  return new ProtocolError(
    'signature_input_invalid',
    quoteFragment(name).slice(1, -1) || 'component',
    message,
  )
}
