import type { JsonWebKey, KeyObject } from 'node:crypto'
import { parseKeyId } from '@countersign/protocol'
import {
  PARTNER_SIGNATURE_PROFILE,
  type SignatureAlgorithm,
} from '@countersign/protocol/http-message-signatures'
import type { Authenticator } from './authenticator.js'
import { UsageError } from './errors.js'
import { prepareMessageSignature } from './message-signature.js'
import { createKeySigner } from './private-key-signer.js'
import type { Secret } from './secret.js'

/** Makes signatures with a private key that this process may not know: in an HSM, a KMS, an agent, another process. */
export interface ExternalSigner {
  readonly algorithm: SignatureAlgorithm
  /**
   * @param bytes what to sign. For P-256 the signer hashes them with SHA-256 itself
   * @returns Ed25519: 64 bytes. P-256: r‖s, 64 bytes, or DER, as most KMSs give it
   */
  sign(bytes: Uint8Array): Promise<Uint8Array> | Uint8Array
}

/** A credential whose public key the platform has enrolled. */
export interface HttpSignatureAuthOptions {
  /** As the platform told it: 8 to 64 of `A-Z a-z 0-9 _ -`. */
  readonly keyId: string
  /** `live`, `sandbox` … */
  readonly environment: string
  /** PEM (PKCS#8 or SEC 1, not encrypted), JWK or KeyObject: Ed25519 or P-256. Either this or `signer`. */
  readonly privateKey?: string | Secret | KeyObject | JsonWebKey | undefined
  readonly signer?: ExternalSigner | undefined
  /** How long a signature is good, seconds; the platform accepts at most its window into the past. Default 300. */
  readonly lifetimeSeconds?: number | undefined
  /** Default `partner-orders-v1`. */
  readonly tag?: string | undefined
}

/**
 * Signs every request by HTTP Message Signatures (RFC 9421, `spec/partner-signing.md` §13): the platform can show to others
 * what this partner signed, and cannot sign in its name.
 *
 * @throws ProtocolError `key_id_invalid`; UsageError `private_key_invalid`, `option_invalid`. A request fails with
 * `signing_failed` when the external signer does.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs'
 * import { httpSignatureAuth, PartnerClient, Secret } from '@countersign/sdk'
 *
 * const auth = httpSignatureAuth({
 *   keyId: 'acme_2026_ed',
 *   environment: 'live',
 *   privateKey: new Secret(readFileSync('/run/secrets/partner.pem', 'utf8')),
 * })
 * const client = new PartnerClient({ baseUrl: 'https://api.example.com', auth })
 * await client.close()
 * ```
 */
export function httpSignatureAuth(options: HttpSignatureAuthOptions): Authenticator {
  const { environment, lifetimeSeconds = 300, tag = PARTNER_SIGNATURE_PROFILE.tag } = options
  const keyId = parseKeyId(options.keyId)
  if (!(Number.isInteger(lifetimeSeconds) && lifetimeSeconds > 0))
    throw new UsageError('option_invalid', 'lifetimeSeconds must be a whole number above 0.')
  const signer = chooseSigner(options)
  return {
    environment,
    async authenticate(request, { now, onTrace }) {
      const prepared = prepareMessageSignature(request, { keyId, tag, lifetimeSeconds, now })
      onTrace?.({ canonicalRequest: prepared.base, stringToSign: prepared.base })
      const signature = await signer.sign(utf8.encode(prepared.base))
      return { ...request, headers: [...prepared.headers(signature), ...request.headers] }
    },
  }
}

const utf8 = new TextEncoder()

function chooseSigner({ privateKey, signer }: HttpSignatureAuthOptions): ExternalSigner {
  if ((privateKey === undefined) === (signer === undefined))
    throw new UsageError('option_invalid', 'httpSignatureAuth needs either privateKey or signer.')
  return signer === undefined ? createKeySigner(privateKey!) : checkSigner(signer)
}

/** What an external signer gives is checked and brought into the form that is sent. */
function checkSigner(signer: ExternalSigner): ExternalSigner {
  if (!PARTNER_SIGNATURE_PROFILE.algorithms.includes(signer.algorithm))
    throw new UsageError(
      'option_invalid',
      `The algorithm of the signer must be one of ${PARTNER_SIGNATURE_PROFILE.algorithms.join(', ')}.`,
    )
  const { algorithm } = signer
  return {
    algorithm,
    async sign(bytes) {
      const signature = toRawSignature(algorithm, await callSigner(signer, bytes))
      if (signature?.length === PARTNER_SIGNATURE_PROFILE.signatureBytes) return signature
      throw new UsageError('signing_failed', `The signer gave no signature of ${algorithm}.`)
    },
  }
}

async function callSigner(signer: ExternalSigner, bytes: Uint8Array): Promise<unknown> {
  try {
    return await signer.sign(bytes)
  } catch (error) {
    // Neither message nor cause is passed on: nobody knows what they hold.
    const name = error instanceof Error ? error.name : typeof error
    throw new UsageError('signing_failed', `The signer failed (${name}).`)
  }
}

const COORDINATE_BYTES = 32

/** r‖s of a P-256 signature in DER: SEQUENCE of two INTEGERs, each shorter than 128 bytes. */
function toRawSignature(algorithm: SignatureAlgorithm, given: unknown): Uint8Array | undefined {
  if (!(given instanceof Uint8Array)) return undefined
  const { length } = given
  if (algorithm === 'ed25519' || length === 2 * COORDINATE_BYTES) return given
  if (given[0] !== 0x30 || given[1] !== length - 2) return undefined
  const raw = new Uint8Array(2 * COORDINATE_BYTES)
  let at = 2
  for (const end of [COORDINATE_BYTES, 2 * COORDINATE_BYTES]) {
    const size = given[at + 1] ?? 0
    const integer = given.subarray(at + 2, at + 2 + size)
    const digits = integer[0] === 0 ? integer.subarray(1) : integer
    if (given[at] !== 0x02 || integer.length !== size || digits.length > COORDINATE_BYTES) return undefined
    raw.set(digits, end - digits.length)
    at += 2 + size
  }
  return at === length ? raw : undefined
}
