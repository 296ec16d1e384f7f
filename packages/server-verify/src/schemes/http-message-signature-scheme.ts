import { createHash } from 'node:crypto'
import {
  createFieldValue,
  isDerivedComponent,
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
import { chooseNobodysKey, verifySignature } from './http-message-signature-verification.js'
import { PublicKeyCache } from './public-key-cache.js'
import type { Authenticated, PreparedScheme, SchemeAttempt, SchemeSettings } from './verification-scheme.js'

const CLAIM_BYTES = 16

/** How one verifier takes signatures of RFC 9421. */
export interface HttpMessageSignaturePolicy {
  readonly profile: SignatureProfile
  readonly keepBody: boolean
  readonly maxCachedKeys: number
}

/** Signatures of RFC 9421 at work: the keys of one verifier, and the order of the steps. */
export class HttpMessageSignatureScheme implements PreparedScheme {
  readonly name = 'http-signature' as const
  readonly challenges: readonly string[]
  readonly #policy: HttpMessageSignaturePolicy
  readonly #settings: SchemeSettings
  readonly #keys: PublicKeyCache
  readonly #tagged: RegExp

  constructor(policy: HttpMessageSignaturePolicy, settings: SchemeSettings) {
    const { profile } = policy
    this.#policy = policy
    this.#settings = settings
    this.#keys = new PublicKeyCache(policy.maxCachedKeys)
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
    const presented = presentMessageSignature(request, this.#policy.profile, attempt)
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
      evidence: createEvidence(presented, credential, {
        body: this.#policy.keepBody ? Buffer.from(request.incoming.body).toString('base64') : null,
        now: attempt.now,
      }),
    }
  }

  /** Whatever the key is, one verification is made; the algorithm is the key's, never the request's. */
  #verify(presented: PresentedMessageSignature, found: Credential | undefined): HttpSignatureCredential {
    const { base, signature, parameters } = presented
    // A key id of another kind of credential is as good as unknown.
    const credential = found?.kind === 'http-signature' ? found : undefined
    const nobodys = chooseNobodysKey(parameters.keyid)
    const key = credential === undefined ? nobodys : this.#keys.get(credential)
    const verified = verifySignature(key, base, signature)
    if (credential === undefined) throw refuse('unknown_key')
    if (parameters.alg !== undefined && parameters.alg !== credential.algorithm)
      throw refuse('algorithm_mismatch')
    if (verified) return credential
    const error = refuse('signature_mismatch')
    if (this.#settings.explain) error.explanation = { canonicalRequest: base, stringToSign: base }
    throw error
  }
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
  { base, signatureInputField, signatureField }: PresentedMessageSignature,
  { algorithm, publicKey, keyId, notBefore, notAfter }: HttpSignatureCredential,
  { body, now }: { readonly body: string | null; readonly now: number },
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
    body,
  }
}

function refuse(detail: string): VerificationError {
  return new VerificationError('invalid_credentials', { detail })
}
