import { randomBytes, timingSafeEqual } from 'node:crypto'
import {
  createCanonicalRequest,
  createSignature,
  createStringToSign,
  deriveSigningKey,
  EMPTY_PAYLOAD_HASH,
  PARTNER_SCHEME,
  parseAuthorizationHeader,
  type SigningKey,
} from '@countersign/protocol'
import type { AuthorizationMemo } from '../authorization-memo.js'
import type { HmacCredential } from '../credential.js'
import { VerificationError } from '../errors.js'
import type { HeaderRules } from '../header-rules.js'
import type { ParsedRequest } from '../parsed-request.js'

import type { SigningKeyCache } from '../signing-key-cache.js'
import type { PresentedSignature } from './hmac-presentation.js'

/** What a verified MAC proves, and what was compared. */
export interface VerifiedSignature {
  readonly credential: HmacCredential
  readonly canonicalRequest: string
  /** The first 16 bytes of the MAC. */
  readonly claimId: Uint8Array
}

/** What a verifier keeps and allows. */
export interface VerificationPolicy {
  readonly keys: SigningKeyCache
  readonly memo: AuthorizationMemo
  readonly headerRules: HeaderRules
  readonly escapedPaths: boolean
  readonly explain: boolean
}

const MAC_BYTES = 32
const CLAIM_BYTES = 16
const computedMac = Buffer.alloc(MAC_BYTES)
const presentedMac = Buffer.alloc(MAC_BYTES)
// Stands in for an unknown key; the id has no form that a request could name.
const NOBODY = { keyId: '(nobody)', secret: randomBytes(32).toString('base64url') }
const NOBODYS_KEY = deriveSigningKey(PARTNER_SCHEME, NOBODY.secret, {
  ...{ date: '19700101', environment: 'none', api: 'none', terminator: PARTNER_SCHEME.terminator },
})

/**
 * Verifies an HMAC signature.
 *
 * Whatever the key is (unknown, known, in use), a refusal takes the same steps: one MAC with a key that is at hand,
 * one key derivation, two MACs with the derived key, one reading of the header. So its time does not tell which key
 * ids exist or are in use (`npm run timing`). Only a request that is right ends early.
 *
 * @param credential `undefined` for an unknown key
 * @param bodySha256 computed from the bytes that arrived
 * @param fresh whether the date is fresh: only then is anything kept
 * @throws VerificationError `invalid_credentials`, `body_not_signed`
 * @throws ProtocolError `signed_headers_invalid`, `header_invalid`, `method_invalid`
 */
export function verifyHmacSignature(
  request: ParsedRequest,
  presented: PresentedSignature,
  credential: HmacCredential | undefined,
  bodySha256: string,
  policy: VerificationPolicy,
  fresh: boolean,
): VerifiedSignature {
  const { row, authorization, timestampText } = presented
  const { scope, signedHeaders, signature } = authorization
  const { keyId, secret } = credential ?? NOBODY
  const cached = policy.keys.find(keyId, row.algorithm, scope.date, secret)

  const canonicalRequest = canonicalise(request, signedHeaders, bodySha256, policy)
  const stringToSign = createStringToSign(row, timestampText, scope, canonicalRequest)
  if (
    macMatches(cached ?? NOBODYS_KEY, stringToSign, signature) &&
    cached !== undefined &&
    credential !== undefined
  ) {
    if (fresh && !presented.remembered) policy.memo.keep(presented.text, authorization)
    return { credential, canonicalRequest, claimId: copyClaimId() }
  }

  const key = deriveSigningKey(row, secret, scope)
  if (macMatches(key, stringToSign, signature) && credential !== undefined) {
    if (fresh) {
      policy.keys.keep(keyId, row.algorithm, scope.date, secret, key)
      policy.memo.keep(presented.text, authorization)
    }
    return { credential, canonicalRequest, claimId: copyClaimId() }
  }
  // To parse it costs what was saved, less what finding it in the memo cost.
  if (presented.remembered) parseAuthorizationHeader(presented.text)
  const bodyUnsigned = request.incoming.body.length > 0 && matchesWithoutBody(request, presented, key, policy)
  if (bodyUnsigned && credential !== undefined) throw refuseUnsignedBody()
  throw refuse(credential, policy.explain ? { canonicalRequest, stringToSign } : undefined)
}

function copyClaimId(): Uint8Array {
  return Uint8Array.prototype.slice.call(computedMac, 0, CLAIM_BYTES)
}

function canonicalise(
  request: ParsedRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
  policy: { readonly escapedPaths: boolean },
): string {
  const { path, query, headers, incoming } = request
  const signable = { method: incoming.method, path, query, headers: headers.pairs, payloadHash }
  return createCanonicalRequest(signable, signedHeaders, policy)
}

// One comparison over 32 decoded bytes each; the buffers are shared because nothing here waits.
function macMatches(key: SigningKey, stringToSign: string, signature: string): boolean {
  computedMac.write(createSignature(key, stringToSign), 'hex')
  if (presentedMac.write(signature, 'hex') !== MAC_BYTES) return false
  return timingSafeEqual(computedMac, presentedMac)
}

function matchesWithoutBody(
  request: ParsedRequest,
  presented: PresentedSignature,
  key: SigningKey,
  policy: { readonly escapedPaths: boolean },
): boolean {
  const { row, timestampText, authorization } = presented
  const canonicalRequest = canonicalise(request, authorization.signedHeaders, EMPTY_PAYLOAD_HASH, policy)
  const stringToSign = createStringToSign(row, timestampText, authorization.scope, canonicalRequest)
  return macMatches(key, stringToSign, authorization.signature)
}

function refuseUnsignedBody(): VerificationError {
  return new VerificationError('body_not_signed', {
    part: 'body',
    message:
      'The signature fits a request without a body, but a body came. Sign the SHA-256 of the body; with curl send it by --data-binary @file, not by -T or -F.',
  })
}

function refuse(
  credential: HmacCredential | undefined,
  explanation: { readonly canonicalRequest: string; readonly stringToSign: string } | undefined,
): VerificationError {
  const error = new VerificationError('invalid_credentials', {
    detail: credential === undefined ? 'unknown_key' : 'signature_mismatch',
  })
  if (credential !== undefined) error.explanation = explanation
  return error
}
