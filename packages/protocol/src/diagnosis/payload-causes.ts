import { createPayloadHash, EMPTY_PAYLOAD_HASH } from '../payload-hash.js'
import { listBodyVariants } from './body-variants.js'
import { cause, type DiagnosisCause } from './cause.js'

/**
 * Why two payload hashes differ.
 *
 * @param arrived the body that the verifier received, when it is at hand: then the usual changes are tried on it
 */
export function explainPayload(
  signer: string,
  verifier: string,
  arrived: Uint8Array | undefined,
): DiagnosisCause {
  if (signer !== verifier && signer.toLowerCase() === verifier) {
    return cause('payload_hash_case', 'The payload hash must be written in lower-case hex.')
  }
  if (signer === 'UNSIGNED-PAYLOAD' || signer.startsWith('STREAMING-')) {
    return cause(
      'unsigned_payload',
      'The signer wrote UNSIGNED-PAYLOAD or STREAMING-… for the payload hash. Every body must be signed by its SHA-256.',
    )
  }
  if (signer === EMPTY_PAYLOAD_HASH) {
    return cause(
      'body_not_signed',
      'The signer signed an empty body but sent one. curl does so with -T and -F: use --data-binary @file.',
    )
  }
  if (verifier === EMPTY_PAYLOAD_HASH) {
    return cause(
      'body_lost',
      'A body was signed but none arrived. A redirect, or a client that read the body twice, loses it.',
    )
  }
  const variants = arrived === undefined ? [] : listBodyVariants(arrived)
  return (
    variants.find(({ body }) => createPayloadHash(body) === signer)?.cause ??
    cause(
      'body_changed',
      'The body changed after signing. Sign the bytes that are sent: serialise once, keep the bytes, sign and send those.',
    )
  )
}
