import { ProtocolError, quoteFragment } from '../errors.js'
import { parseSignature, parseSignatureInput, type SignatureInputMember } from './signature-fields.js'
import { parseSignatureParameters, type SignatureInput } from './signature-parameters.js'

/** The one signature of a request that carries a given tag. */
export interface TaggedSignature extends SignatureInput {
  readonly label: string
  /** The last line of the signature base, without its name. */
  readonly text: string
  readonly signature: Uint8Array
}

/**
 * Finds the signature that carries a tag. Signatures with other tags are somebody else's and are not looked at, so that
 * adding one never changes which signature counts; two with the tag are refused, and so is a label that stands in one of
 * the two fields only (`spec/partner-signing.md` §13.3).
 *
 * @returns `undefined` when no signature has the tag
 * @throws ProtocolError `signature_input_invalid`
 *
 * @example
 * ```ts
 * import { findTaggedSignature } from '@countersign/protocol/http-message-signatures'
 *
 * const found = findTaggedSignature('a=("@method");tag="other", b=("@method");tag="mine"', 'a=:AA==:, b=:AQ==:', 'mine')
 * console.log(found?.label) // b
 * ```
 */
export function findTaggedSignature(
  signatureInput: string,
  signature: string,
  tag: string,
): TaggedSignature | undefined {
  const members = parseSignatureInput(signatureInput)
  const signatures = parseSignature(signature)
  for (const { label } of members) if (!signatures.has(label)) throw refuseLonely(label, 'Signature')
  if (signatures.size !== members.length) {
    const labels = new Set(members.map(member => member.label))
    for (const label of signatures.keys())
      if (!labels.has(label)) throw refuseLonely(label, 'Signature-Input')
  }
  const member = findOnly(members, tag)
  if (member === undefined) return undefined
  const { label, text } = member
  return { label, text, signature: signatures.get(label)!, ...parseSignatureParameters(text) }
}

function findOnly(members: readonly SignatureInputMember[], tag: string): SignatureInputMember | undefined {
  const [member, second] = members.filter(candidate => candidate.tag === tag)
  if (second === undefined) return member
  throw refuse('tag', `Two signatures carry the tag ${quoteFragment(tag)}. Send exactly one.`)
}

function refuseLonely(label: string, field: string): ProtocolError {
  return refuse(
    field,
    `The signature ${quoteFragment(label)} is missing in ${field}. Each label stands in both fields.`,
  )
}

function refuse(part: string, message: string): ProtocolError {
  return new ProtocolError('signature_input_invalid', part, message)
}
