import { ProtocolError, parseKeyId } from '@countersign/protocol'
import {
  assertSignatureProfile,
  createFieldValue,
  createSignatureBase,
  findTaggedSignature,
  type MessageToSign,
  type ProfiledParameters,
  parseContentDigest,
  type SignatureProfile,
} from '@countersign/protocol/http-message-signatures'
import { VerificationError } from '../errors.js'
import type { ParsedRequest } from '../parsed-request.js'
import type { SchemeAttempt } from './verification-scheme.js'

/** A signature of RFC 9421 as it was presented: well formed, covering what it must; not yet verified. */
export interface PresentedMessageSignature {
  readonly parameters: ProfiledParameters
  readonly components: readonly string[]
  readonly message: MessageToSign
  readonly base: string
  readonly signature: Uint8Array
  /** Both headers as they came, for the evidence. */
  readonly signatureInputField: string
  readonly signatureField: string
}

const PARTNER_PREFIX = 'x-partner-'

/**
 * Reads the one signature that carries our tag and checks all that needs no key: form, coverage, digest.
 *
 * @throws ProtocolError `signature_input_invalid`, `component_not_covered`, `key_id_invalid`, `header_invalid`,
 *   `content_digest_invalid`
 * @throws VerificationError `content_digest_mismatch`
 */
export function presentMessageSignature(
  request: ParsedRequest,
  profile: SignatureProfile,
  attempt: SchemeAttempt,
): PresentedMessageSignature {
  const { headers } = request
  const signatureInputField = createFieldValue(headers.pairs, 'signature-input') ?? ''
  const signatureField = createFieldValue(headers.pairs, 'signature')
  if (signatureField === undefined) throw refuse('Signature', 'The header Signature is missing.')
  const tagged = findTaggedSignature(signatureInputField, signatureField, profile.tag)
  if (tagged === undefined) throw refuse('tag', 'No signature carries the tag of this service.')
  const { components, signature } = tagged
  const hasBody = request.incoming.body.length > 0
  const mustCover = listMustCover(request)
  const parameters = assertSignatureProfile(tagged, profile, { hasBody, mustCover })
  parseKeyId(parameters.keyid)
  assertLifetime(parameters, attempt.freshness.pastSeconds)
  if (signature.length !== profile.signatureBytes)
    throw refuse(
      'Signature',
      `The signature has ${signature.length} bytes; Ed25519 and ECDSA P-256 (r and s of 32 bytes each, not DER) have ${profile.signatureBytes}.`,
    )
  assertContentDigest(request, attempt)
  const message = toMessage(request)
  const base = createSignatureBase(message, components, tagged.text)
  return { parameters, components, message, base, signature, signatureInputField, signatureField }
}

// `host` is covered as `@authority`.
function listMustCover({ headers }: ParsedRequest): readonly string[] {
  const names = headers.mustSign.filter(name => name !== 'host')
  for (const [name] of headers.pairs)
    if (name.startsWith(PARTNER_PREFIX) && !names.includes(name)) names.push(name)
  return names
}

function assertLifetime({ created, expires }: ProfiledParameters, pastSeconds: number): void {
  if (expires - created <= pastSeconds) return
  throw refuse(
    'expires',
    `The signature is good for ${expires - created} s; at most ${pastSeconds} s are accepted. Set expires to created + ${pastSeconds} or less.`,
  )
}

function assertContentDigest({ headers }: ParsedRequest, attempt: SchemeAttempt): void {
  const digest = createFieldValue(headers.pairs, 'content-digest')
  if (digest === undefined || parseContentDigest(digest) === attempt.hashBody()) return
  throw new VerificationError('content_digest_mismatch', {
    part: 'content-digest',
    message: 'Content-Digest is not the SHA-256 of the body that arrived. Hash the bytes that are sent.',
  })
}

function toMessage({ incoming, path, query, headers }: ParsedRequest): MessageToSign {
  const authority = createFieldValue(headers.pairs, 'host') ?? ''
  return { method: incoming.method, authority, path, query, headers: headers.pairs }
}

function refuse(part: string, message: string): ProtocolError {
  return new ProtocolError('signature_input_invalid', part, message)
}
