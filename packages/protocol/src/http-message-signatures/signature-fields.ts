import { ProtocolError, quoteFragment } from '../errors.js'
import { formatSignatureParameters, type SignatureInput } from './signature-parameters.js'
import {
  type DictionaryMember,
  findRepeatedKey,
  formatByteSequence,
  readByteSequence,
  readDictionary,
} from './structured-fields.js'

/** One member of Signature-Input: whose signature it is, as far as the tag tells, and its text. */
export interface SignatureInputMember {
  readonly label: string
  /** `undefined` without a tag, or with one that is no string. */
  readonly tag: string | undefined
  /** What stands behind `label=`; for `parseSignatureParameters`. */
  readonly text: string
}

const LABEL = /^[a-z*][a-z0-9_.*-]{0,63}$/

/**
 * Reads a Signature-Input field (RFC 9421 §4.1): its members in their order, their labels unique. Only those with a tag of
 * ours are ours to judge further; others may use parts of RFC 9421 that this profile does not have.
 *
 * @param value the field's value, several lines joined by `, `
 * @throws ProtocolError `signature_input_invalid`
 *
 * @example
 * ```ts
 * import { parseSignatureInput } from '@countersign/protocol/http-message-signatures'
 *
 * console.log(parseSignatureInput('sig1=("@method");created=1795303840;tag="partner-orders-v1"')[0]?.tag) // partner-orders-v1
 * ```
 */
export function parseSignatureInput(value: string): readonly SignatureInputMember[] {
  return readMembers('Signature-Input', value).map(member => {
    const { key, text } = member
    if (!Array.isArray(member.value[0]))
      throw refuse('Signature-Input', `The member ${quoteFragment(key)} of Signature-Input is no list.`)
    const tag = member.value[1].get('tag')
    return { label: key, tag: typeof tag === 'string' ? tag : undefined, text }
  })
}

/**
 * Reads a Signature field (RFC 9421 §4.2): the bytes of each signature by its label.
 *
 * @param value the field's value, several lines joined by `, `
 * @throws ProtocolError `signature_input_invalid`
 *
 * @example
 * ```ts
 * import { parseSignature } from '@countersign/protocol/http-message-signatures'
 *
 * console.log(parseSignature('sig1=:AAEC:').get('sig1')) // Uint8Array [ 0, 1, 2 ]
 * ```
 */
export function parseSignature(value: string): ReadonlyMap<string, Uint8Array> {
  const signatures = new Map<string, Uint8Array>()
  for (const member of readMembers('Signature', value)) {
    const bytes = readByteSequence(member)
    if (bytes === undefined)
      throw refuse(
        'Signature',
        `The member ${quoteFragment(member.key)} of Signature must be padded base64 between colons, without parameters.`,
      )
    signatures.set(member.key, bytes)
  }
  return signatures
}

/**
 * Writes the value of a Signature-Input field with one signature.
 *
 * @throws ProtocolError `signature_input_invalid`
 *
 * @example
 * ```ts
 * import { formatSignatureInput } from '@countersign/protocol/http-message-signatures'
 *
 * console.log(formatSignatureInput('sig1', { components: ['@method'], parameters: { created: 1795303840 } }))
 * ```
 */
export function formatSignatureInput(label: string, input: SignatureInput): string {
  return `${checkLabel(label)}=${formatSignatureParameters(input)}`
}

/**
 * Writes the value of a Signature field with one signature.
 *
 * @throws ProtocolError `signature_input_invalid` for a label that is none
 *
 * @example
 * ```ts
 * import { formatSignature } from '@countersign/protocol/http-message-signatures'
 *
 * console.log(formatSignature('sig1', new Uint8Array([0, 1, 2]))) // sig1=:AAEC:
 * ```
 */
export function formatSignature(label: string, signature: Uint8Array): string {
  return `${checkLabel(label)}=${formatByteSequence(signature)}`
}

function readMembers(field: string, value: string): readonly DictionaryMember[] {
  const members = readDictionary(value)
  if (members === undefined)
    throw refuse(field, `${field} is no dictionary of structured fields (RFC 8941 section 3.2).`)
  const repeated = findRepeatedKey(members)
  if (repeated !== undefined)
    throw refuse(
      field,
      `The label ${quoteFragment(repeated)} stands twice in ${field}. Each label stands once.`,
    )
  return members
}

function checkLabel(label: string): string {
  if (LABEL.test(label)) return label
  throw refuse(
    'label',
    `${quoteFragment(label)} is no label of a signature: up to 64 of a-z 0-9 _ - . *, a letter first.`,
  )
}

function refuse(part: string, message: string): ProtocolError {
  return new ProtocolError('signature_input_invalid', part, message)
}
