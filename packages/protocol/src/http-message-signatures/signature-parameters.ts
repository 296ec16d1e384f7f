import { type BareItem, type InnerList, parseList, serializeInnerList } from 'structured-headers'
import { ProtocolError, quoteFragment } from '../errors.js'
import { assertCoveredComponents } from './covered-components.js'

/** What a signature says about itself (RFC 9421 §2.3). Times are whole seconds since 1970-01-01T00:00:00Z. */
export interface SignatureParameters {
  readonly created?: number | undefined
  readonly expires?: number | undefined
  readonly nonce?: string | undefined
  readonly alg?: string | undefined
  readonly keyid?: string | undefined
  readonly tag?: string | undefined
}

/** What a signature covers and says about itself: the last line of the signature base, read. */
export interface SignatureInput {
  /** In the order of the signature base. */
  readonly components: readonly string[]
  readonly parameters: SignatureParameters
}

const TIMES: ReadonlySet<string> = new Set(['created', 'expires'])
const TEXTS: ReadonlySet<string> = new Set(['nonce', 'alg', 'keyid', 'tag'])
const MAX_SECONDS = 999_999_999_999_999

/**
 * Reads signature parameters, the text behind `label=` in Signature-Input (`spec/partner-signing.md` §13.3). Only the one
 * way to write them is accepted, so that what is signed is what stands on the wire: no blanks but one space between
 * components, no `created=1.0`, nothing twice.
 *
 * @throws ProtocolError `signature_input_invalid`, naming the component or parameter
 *
 * @example
 * ```ts
 * import { parseSignatureParameters } from '@countersign/protocol/http-message-signatures'
 *
 * const { components, parameters } = parseSignatureParameters('("@method" "@path");created=1795303840;keyid="demo_acme_ed25519"')
 * console.log(components, parameters.created) // ['@method', '@path'] 1795303840
 * ```
 */
export function parseSignatureParameters(text: string): SignatureInput {
  const list = readInnerList(text)
  const components: string[] = []
  for (const [name, parameters] of list[0]) {
    if (typeof name !== 'string')
      throw refuse('components', 'A covered component is no string. Write each name in double quotes.')
    const [parameter] = parameters.keys()
    if (parameter !== undefined)
      throw refuse(
        quoteFragment(name).slice(1, -1) || 'component',
        `The covered component ${quoteFragment(name)} has the parameter ${quoteFragment(parameter)}. Components are accepted without parameters.`,
      )
    components.push(name)
  }
  assertCoveredComponents(components)
  const parameters: Record<string, number | string> = {}
  for (const [name, value] of list[1]) parameters[name] = readParameter(name, value)
  if (serializeInnerList(list) !== text)
    throw refuse(
      'form',
      'The signature parameters are not written in the one accepted way (RFC 8941 section 4.1): one space between components, no other blanks, integers without a fraction or leading zeros, no parameter twice.',
    )
  return { components, parameters }
}

/**
 * Writes signature parameters; the parameters stand in the order created, expires, nonce, alg, keyid, tag.
 *
 * @throws ProtocolError `signature_input_invalid` for a component or value that no verifier would accept
 *
 * @example
 * ```ts
 * import { formatSignatureParameters } from '@countersign/protocol/http-message-signatures'
 *
 * console.log(
 *   formatSignatureParameters({ components: ['@method'], parameters: { created: 1795303840, keyid: 'demo_acme_ed25519' } }),
 * ) // ("@method");created=1795303840;keyid="demo_acme_ed25519"
 * ```
 */
export function formatSignatureParameters({ components, parameters }: SignatureInput): string {
  assertCoveredComponents(components)
  const { created, expires, nonce, alg, keyid, tag } = parameters
  let text = `(${components.map(name => `"${name}"`).join(' ')})`
  for (const [name, value] of Object.entries({ created, expires, nonce, alg, keyid, tag })) {
    if (value === undefined) continue
    const read = readParameter(name, value)
    text += `;${name}=${typeof read === 'number' ? read : `"${read.replace(/["\\]/g, '\\$&')}"`}`
  }
  return text
}

function readInnerList(text: string): InnerList {
  let members: ReturnType<typeof parseList> = []
  try {
    members = parseList(text)
  } catch {
    // What the parser says quotes what it read.
  }
  const [list, ...others] = members
  if (list === undefined || others.length > 0 || !Array.isArray(list[0]))
    throw refuse(
      'form',
      `The signature parameters ${quoteFragment(text)} are no list of component names in parentheses with parameters behind it.`,
    )
  return list as InnerList
}

function readParameter(name: string, value: BareItem): number | string {
  if (TIMES.has(name)) {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_SECONDS)
      return value
    throw refuse(name, `The signature parameter ${name} must be a whole number of seconds since 1970.`)
  }
  if (!TEXTS.has(name))
    throw refuse(
      quoteFragment(name).slice(1, -1),
      `The signature parameter ${quoteFragment(name)} is not known. Accepted are created, expires, nonce, alg, keyid and tag.`,
    )
  if (typeof value === 'string' && /^[\x20-\x7e]*$/.test(value)) return value
  throw refuse(name, `The signature parameter ${name} must be a string of printable ASCII.`)
}

function refuse(part: string, message: string): ProtocolError {
  return new ProtocolError('signature_input_invalid', part, message)
}
