/**
 * What proves to a third party who signed a request: the verifier's inputs, kept as they were. Part of the audit
 * record of every request with an asymmetric signature.
 */
export interface SignatureEvidence {
  /** The raw `Signature-Input` value. */
  readonly signatureInput: string
  /** The raw `Signature` value. */
  readonly signature: string
  /** The signature base that was verified (RFC 9421 §2.5). */
  readonly signatureBase: string
  readonly algorithm: 'ed25519' | 'ecdsa-p256-sha256'
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicKey: string
  readonly keyId: string
  /** ms since epoch; `null`: no bound. */
  readonly keyNotBefore: number | null
  readonly keyNotAfter: number | null
  /** When the request was received, ISO 8601, UTC. */
  readonly receivedAt: string
  /** The raw body, base64; `null` if it is not kept. The base holds its digest either way. */
  readonly body: string | null
}
