import { randomBytes, timingSafeEqual } from 'node:crypto'
import {
  createCanonicalRequest,
  createSignature,
  createStringToSign,
  deriveSigningKey,
  EMPTY_PAYLOAD_HASH,
  type HmacAuthorization,
  parseAuthorizationHeader,
  type SigningKey,
} from '@countersign/protocol'
import type { AuthorizationMemo } from '../authorization-memo.js'
import type { Credential } from '../credential-store.js'
import { VerificationError } from '../errors.js'
import type { HeaderRules } from '../header-rules.js'
import type { ParsedRequest } from '../parsed-request.js'
import type { PresentedSignature } from '../presented-credential.js'
import type { SigningKeyCache } from '../signing-key-cache.js'

/** What a verified MAC proves, and what was compared. */
export interface VerifiedSignature {
  readonly credential: Credential
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
const NOBODYS_SECRET = randomBytes(32).toString('base64')

/**
 * Verifies an HMAC signature. An unknown key gets the same work under a secret that nobody has, and every failure
 * costs exactly one key derivation, so that the time of a refusal does not tell which key ids exist or are in use.
 *
 * @param credential `undefined` for an unknown key
 * @param bodySha256 computed from the bytes that arrived
 * @param fresh whether the date is fresh: only then is anything kept
 * @throws VerificationError `invalid_credentials`, `body_not_signed`
 * @throws ProtocolError `authorization_malformed`, `signed_headers_invalid`, `header_invalid`, `method_invalid`
 */
export function verifyHmacSignature(
  request: ParsedRequest,
  presented: PresentedSignature,
  credential: Credential | undefined,
  bodySha256: string,
  policy: VerificationPolicy,
  fresh: boolean,
): VerifiedSignature {
  const { row, authorization, timestampText } = presented
  const { scope, keyId, signedHeaders } = authorization
  const secret = credential?.secret ?? NOBODYS_SECRET
  const cached =
    credential === undefined ? undefined : policy.keys.find(keyId, row.algorithm, scope.date, secret)

  const canonicalRequest = canonicalise(request, signedHeaders, bodySha256, policy)
  const stringToSign = createStringToSign(row, timestampText, scope, canonicalRequest)
  const key = cached ?? deriveSigningKey(row, secret, scope)
  if (macMatches(key, stringToSign, authorization.signature) && credential !== undefined) {
    const claimId = Uint8Array.prototype.slice.call(computedMac, 0, CLAIM_BYTES)
    if (fresh) {
      if (cached === undefined) policy.keys.keep(keyId, row.algorithm, scope.date, secret, key)
      if (!presented.remembered) remember(presented.text, authorization, policy)
    }
    return { credential, canonicalRequest, claimId }
  }

  if (presented.remembered) parseAuthorizationHeader(presented.text)
  if (cached !== undefined) deriveSigningKey(row, NOBODYS_SECRET, scope)
  const bodyUnsigned = request.incoming.body.length > 0 && matchesWithoutBody(request, presented, key, policy)
  if (bodyUnsigned && credential !== undefined) throw refuseUnsignedBody()
  throw refuse(credential, policy.explain ? { canonicalRequest, stringToSign } : undefined)
}

function remember(text: string, authorization: HmacAuthorization, policy: VerificationPolicy): void {
  const { bySpelling } = policy.headerRules
  policy.memo.keep(text, authorization, name => bySpelling.get(name)?.name ?? name)
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

// One comparison over 32 decoded bytes each; the buffers are shared because nothing here waits. Only once they are
// equal the texts are compared, too: upper-case hex is another spelling of the same bytes, and not accepted.
function macMatches(key: SigningKey, stringToSign: string, signature: string): boolean {
  const computed = createSignature(key, stringToSign)
  computedMac.write(computed, 'hex')
  if (presentedMac.write(signature, 'hex') !== MAC_BYTES) return false
  return timingSafeEqual(computedMac, presentedMac) && computed === signature
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
  credential: Credential | undefined,
  explanation: { readonly canonicalRequest: string; readonly stringToSign: string } | undefined,
): VerificationError {
  const error = new VerificationError('invalid_credentials', {
    detail: credential === undefined ? 'unknown_key' : 'signature_mismatch',
  })
  if (credential !== undefined) error.explanation = explanation
  return error
}
