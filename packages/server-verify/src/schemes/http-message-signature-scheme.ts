import { createHash, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import {
  createFieldValue,
  isDerivedComponent,
  type SignatureAlgorithm,
  type SignatureProfile,
} from '@countersign/protocol/http-message-signatures'
import type { Credential, HttpSignatureCredential } from '../credential.js'
import { VerificationError } from '../errors.js'
import { assertFresh } from '../freshness.js'
import type { ParsedRequest } from '../parsed-request.js'
import { isPending } from '../pending.js'
import type { SignatureEvidence } from '../signature-evidence.js'
import {
  type PresentedMessageSignature,
  presentMessageSignature,
} from './http-message-signature-presentation.js'
import { PublicKeyCache } from './public-key-cache.js'
import type { Authenticated, PreparedScheme, SchemeAttempt, SchemeSettings } from './verification-scheme.js'

const CLAIM_BYTES = 16
// Stand in for an unknown key: nobody has their private halves.
const NOBODYS_KEYS: Readonly<Record<SignatureAlgorithm, KeyObject>> = {
  ed25519: generateKeyPairSync('ed25519').publicKey,
  'ecdsa-p256-sha256': generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
}

/** Signatures of RFC 9421 at work: the keys of one verifier, and the order of the steps. */
export class HttpMessageSignatureScheme implements PreparedScheme {
  readonly name = 'http-signature' as const
  readonly challenges: readonly string[]
  readonly #profile: SignatureProfile
  readonly #settings: SchemeSettings
  readonly #keys: PublicKeyCache
  readonly #tagged: RegExp

  constructor(profile: SignatureProfile, maxCachedKeys: number, settings: SchemeSettings) {
    this.#profile = profile
    this.#settings = settings
    this.#keys = new PublicKeyCache(maxCachedKeys)
    // The tag has no character that needs escaping but the dot. Inside a string the quotes would be escaped.
    this.#tagged = new RegExp(`; *tag="${profile.tag.replaceAll('.', '\\.')}"`)
    this.challenges = [`HttpMessageSignature realm="${settings.api}", tag="${profile.tag}"`]
  }

  /** Signatures with other tags are no credentials: a proxy may add its own. */
  find({ headers }: ParsedRequest): string | undefined {
    for (const [name, value] of headers.pairs)
      if (name === 'signature-input' && this.#tagged.test(value)) return value
    return undefined
  }

  authenticate(
    request: ParsedRequest,
    _presented: string,
    attempt: SchemeAttempt,
  ): Authenticated | Promise<Authenticated> {
    const presented = presentMessageSignature(request, this.#profile, attempt)
    attempt.waitingFor = 'credential store'
    const found = this.#settings.credentials.findByKeyId(presented.parameters.keyid)
    return isPending(found)
      ? found.then(credential => this.#conclude(request, presented, credential, attempt))
      : this.#conclude(request, presented, found, attempt)
  }

  #conclude(
    request: ParsedRequest,
    presented: PresentedMessageSignature,
    found: Credential | undefined,
    attempt: SchemeAttempt,
  ): Authenticated {
    attempt.waitingFor = undefined
    const { base, parameters } = presented
    const credential = this.#verify(presented, found)
    attempt.authenticated(credential)
    assertInTime(parameters, attempt)
    return {
      credential,
      signedHeaders: () => readCoveredHeaders(presented),
      claim: {
        id: createHash('sha256').update(base, 'latin1').digest().subarray(0, CLAIM_BYTES),
        timestamp: parameters.created * 1000,
      },
      evidence: createEvidence(request, presented, credential, attempt.now),
    }
  }

  /** Whatever the key is, one verification is made; the algorithm is the key's, never the request's. */
  #verify(presented: PresentedMessageSignature, found: Credential | undefined): HttpSignatureCredential {
    const { base, signature, parameters } = presented
    // A key id of another kind of credential is as good as unknown.
    const credential = found?.kind === 'http-signature' ? found : undefined
    const algorithm = credential?.algorithm ?? parameters.alg ?? 'ed25519'
    const key = credential === undefined ? NOBODYS_KEYS[algorithm] : this.#keys.get(credential).key
    const verified = verifySignature(algorithm, key, base, signature)
    if (credential === undefined) throw refuse('unknown_key')
    if (parameters.alg !== undefined && parameters.alg !== credential.algorithm)
      throw refuse('algorithm_mismatch')
    if (verified) return credential
    const error = refuse('signature_mismatch')
    if (this.#settings.explain) error.explanation = { canonicalRequest: base, stringToSign: base }
    throw error
  }
}

function verifySignature(
  algorithm: SignatureAlgorithm,
  key: KeyObject,
  base: string,
  signature: Uint8Array,
): boolean {
  const bytes = Buffer.from(base, 'latin1')
  return algorithm === 'ed25519'
    ? verify(null, bytes, key, signature)
    : verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

/** Only after the signature was verified: the answer carries the server's time. */
function assertInTime(
  { created, expires }: PresentedMessageSignature['parameters'],
  { freshness, now }: SchemeAttempt,
): void {
  assertFresh(created * 1000, freshness, now)
  if (now <= expires * 1000) return
  const error = new VerificationError('clock_skew', {
    part: 'expires',
    message: `The signature expired ${Math.ceil(now / 1000 - expires)} s ago by the server's clock. Set the clock, or correct by the Date header of this answer, and sign again.`,
  })
  error.serverTimeMs = now
  throw error
}

function readCoveredHeaders({ components, message }: PresentedMessageSignature): ReadonlyMap<string, string> {
  const headers = new Map<string, string>([['host', message.authority]])
  for (const name of components)
    if (!isDerivedComponent(name)) headers.set(name, createFieldValue(message.headers, name) ?? '')
  return headers
}

function createEvidence(
  { incoming }: ParsedRequest,
  { base, signatureInputField, signatureField }: PresentedMessageSignature,
  { algorithm, publicKey, keyId, notBefore, notAfter }: HttpSignatureCredential,
  now: number,
): SignatureEvidence {
  return {
    signatureInput: signatureInputField,
    signature: signatureField,
    signatureBase: base,
    algorithm,
    publicKey,
    keyId,
    keyNotBefore: notBefore ?? null,
    keyNotAfter: notAfter ?? null,
    receivedAt: new Date(now).toISOString(),
    body: Buffer.from(incoming.body).toString('base64'),
  }
}

function refuse(detail: string): VerificationError {
  return new VerificationError('invalid_credentials', { detail })
}
