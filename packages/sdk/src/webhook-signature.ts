import {
  createCanonicalRequest,
  createSignature,
  createStringToSign,
  EMPTY_PAYLOAD_HASH,
  type HmacAuthorization,
  PARTNER_SCHEME,
  type SigningKey,
} from '@countersign/protocol'
import type { WebhookArrival, WebhookRequest } from './webhook-arrival.js'
import { WebhookError } from './webhook-error.js'

/** What a signature is checked with. */
export interface SignatureCheck {
  readonly request: WebhookRequest
  readonly arrival: WebhookArrival
  readonly presented: HmacAuthorization
  readonly timestamp: string
  readonly payloadHash: string
  readonly key: SigningKey
  readonly isKnown: boolean
}

/**
 * Signs the request once more and compares.
 *
 * @returns the signature that was computed
 * @throws WebhookError `invalid_credentials`, `body_not_signed`; ProtocolError
 */
export function assertSignature(check: SignatureCheck): string {
  const { request, arrival, presented, timestamp, key, isKnown } = check
  const sign = (payloadHash: string): string => {
    const { path, query } = arrival.target
    const signable = { method: request.method, path, query, headers: arrival.headers, payloadHash }
    const canonicalRequest = createCanonicalRequest(signable, presented.signedHeaders)
    return createSignature(
      key,
      createStringToSign(PARTNER_SCHEME, timestamp, presented.scope, canonicalRequest),
    )
  }
  const mac = sign(check.payloadHash)
  if (isEqual(mac, presented.signature) && isKnown) return mac
  if (isKnown && request.body.length > 0 && isEqual(sign(EMPTY_PAYLOAD_HASH), presented.signature))
    throw new WebhookError('body_not_signed', 'A body came with a signature for none.')
  throw new WebhookError(
    'invalid_credentials',
    'No key of this receiver made this signature of this request.',
  )
}

/** In a time that does not depend on where they differ. */
function isEqual(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return difference === 0
}
