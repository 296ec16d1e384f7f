import { randomBytes, verify } from 'node:crypto'
import { parseKeyId } from '@countersign/protocol'
import { CredentialError } from './credential-error.js'
import { parsePublicKey, type SigningPublicKey } from './public-key.js'

/** For whom a public key is to be enrolled. */
export interface EnrolmentRequest {
  /** The key id that the credential will have: 8 to 64 of `A-Z a-z 0-9 _ -`. */
  readonly keyId: string
  /** 1 to 64 of `A-Z a-z 0-9 . _ -`. */
  readonly partnerId: string
  /** `live`, `sandbox` … */
  readonly environment: string
  /** SubjectPublicKeyInfo, PEM: Ed25519 or P-256. */
  readonly publicKey: string
  /** How long the partner has to sign, seconds. Default one day. */
  readonly lifetimeSeconds?: number | undefined
  /** ms since epoch. Default `Date.now()`. */
  readonly now?: number | undefined
}

/** A key whose private half was shown to be in the partner's hands; goes into a credential of kind `http-signature`. */
export interface EnrolledKey {
  readonly keyId: string
  readonly partnerId: string
  readonly environment: string
  readonly algorithm: 'ed25519' | 'ecdsa-p256-sha256'
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicKey: string
  /** SHA-256 of the SubjectPublicKeyInfo, base64url; to be compared over another channel. */
  readonly fingerprint: string
}

/** What the partner sent back. */
export interface EnrolmentProof {
  /** The text that `createEnrolmentChallenge` gave, from the platform's own memory and not from the partner's answer. */
  readonly challenge: string
  readonly publicKey: string
  /** Over the challenge's bytes. For P-256 either r‖s or DER, as openssl writes it. */
  readonly signature: Uint8Array
  /** ms since epoch. Default `Date.now()`. */
  readonly now?: number | undefined
}

// No signature base of a request starts with this: those start with a double quote. So no signed request is ever a
// proof, and nobody can be talked into signing a request under the name of an enrolment.
const DOMAIN = 'countersign-key-enrolment-v1'
const MEMBERS = ['environment', 'partner', 'key-id', 'fingerprint', 'expires', 'nonce'] as const
const NAME = /^[A-Za-z0-9._-]{1,64}$/
const NONCE = /^[A-Za-z0-9_-]{43}$/
const SECONDS = /^[0-9]{1,12}$/
const ONE_DAY = 86_400
const RAW_SIGNATURE_BYTES = 64
const MAX_CHALLENGE_LENGTH = 1000

/**
 * Makes the text that a partner signs with the private key in order to have the public key enrolled. It names the key, the
 * partner, the key id and the environment, so that a proof for one of them is none for another.
 *
 * The partner signs its bytes as they are, for example with
 * `openssl pkeyutl -sign -rawin -inkey private.pem -in challenge.txt -out proof.bin`.
 *
 * @throws CredentialError `public_key_invalid`, `challenge_invalid`
 * @throws ProtocolError `key_id_invalid`
 *
 * @example
 * ```ts
 * import { generateKeyPairSync, sign } from 'node:crypto'
 * import { createEnrolmentChallenge, verifyEnrolment } from '@countersign/server-verify'
 *
 * const pair = generateKeyPairSync('ed25519')
 * const publicKey = pair.publicKey.export({ format: 'pem', type: 'spki' }).toString()
 * const challenge = createEnrolmentChallenge({ keyId: 'acme_2026_ed', partnerId: 'acme', environment: 'live', publicKey })
 * const signature = sign(null, Buffer.from(challenge), pair.privateKey) // by the partner
 * console.log(verifyEnrolment({ challenge, publicKey, signature }).algorithm) // ed25519
 * ```
 */
export function createEnrolmentChallenge(request: EnrolmentRequest): string {
  const { partnerId, environment, lifetimeSeconds = ONE_DAY, now = Date.now() } = request
  const keyId = parseKeyId(request.keyId)
  const { fingerprint } = parsePublicKey(request.publicKey)
  for (const name of [partnerId, environment])
    if (!NAME.test(name)) throw invalid('Partner and environment must be 1 to 64 of A-Z a-z 0-9 . _ -.')
  if (!(lifetimeSeconds > 0)) throw invalid('The lifetime must be above 0 seconds.')
  const expires = Math.floor(now / 1000 + lifetimeSeconds)
  const values = [environment, partnerId, keyId, fingerprint, expires, randomBytes(32).toString('base64url')]
  return `${DOMAIN}\n${MEMBERS.map((name, i) => `${name}: ${values[i]}\n`).join('')}`
}

/**
 * Checks the proof of possession: the signature over the challenge, by the key that the challenge names.
 *
 * @throws CredentialError `public_key_invalid`, `challenge_invalid`, `challenge_expired`, `proof_invalid`
 *
 * @example
 * ```ts
 * import { CredentialError, verifyEnrolment } from '@countersign/server-verify'
 *
 * try {
 *   verifyEnrolment({ challenge: '', publicKey: '', signature: new Uint8Array(64) })
 * } catch (error) {
 *   if (error instanceof CredentialError) console.log(error.code) // public_key_invalid
 * }
 * ```
 */
export function verifyEnrolment(proof: EnrolmentProof): EnrolledKey {
  const { challenge, signature, now = Date.now() } = proof
  const publicKey = parsePublicKey(proof.publicKey)
  const { environment, partnerId, keyId, fingerprint, expires } = parseChallenge(challenge)
  if (fingerprint !== publicKey.fingerprint)
    throw invalid('The challenge was made for another public key. Make a new one for this key.')
  if (!(now < expires * 1000))
    throw new CredentialError(
      'challenge_expired',
      'The challenge has expired. Make a new one and have it signed.',
    )
  if (!verifiesProof(publicKey, challenge, signature))
    throw new CredentialError(
      'proof_invalid',
      'The signature is not one of this challenge by this key. The bytes of the challenge must be signed as they are, with the line feed at their end.',
    )
  const { algorithm, pem } = publicKey
  return { keyId, partnerId, environment, algorithm, publicKey: pem, fingerprint }
}

function verifiesProof(publicKey: SigningPublicKey, challenge: string, signature: Uint8Array): boolean {
  const bytes = Buffer.from(challenge, 'latin1')
  if (publicKey.algorithm === 'ed25519') return verify(null, bytes, publicKey.key, signature)
  const dsaEncoding = signature.length === RAW_SIGNATURE_BYTES ? 'ieee-p1363' : 'der'
  return verify('sha256', bytes, { key: publicKey.key, dsaEncoding }, signature)
}

interface Challenge extends Pick<EnrolledKey, 'environment' | 'partnerId' | 'keyId' | 'fingerprint'> {
  /** Seconds since epoch. */
  readonly expires: number
}

function parseChallenge(text: string): Challenge {
  const lines = text.length > MAX_CHALLENGE_LENGTH ? [] : text.split('\n')
  const values = MEMBERS.map((name, i) => {
    const line = lines[i + 1] ?? ''
    return line.startsWith(`${name}: `) ? line.slice(name.length + 2) : ''
  }) as [string, string, string, string, string, string]
  const [environment, partnerId, keyId, fingerprint, expires, nonce] = values
  const sound =
    lines.length === MEMBERS.length + 2 &&
    lines[0] === DOMAIN &&
    lines.at(-1) === '' &&
    [environment, partnerId, keyId].every(name => NAME.test(name)) &&
    [fingerprint, nonce].every(value => NONCE.test(value)) &&
    SECONDS.test(expires)
  if (!sound) throw invalid('This is no challenge of createEnrolmentChallenge, or it was changed.')
  return { environment, partnerId, keyId: parseKeyId(keyId), fingerprint, expires: Number(expires) }
}

function invalid(message: string): CredentialError {
  return new CredentialError('challenge_invalid', message)
}
