import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import {
  type CompactJwsForm,
  isJsonObject,
  parseCompactJws,
  parseJsonObject,
  verifyCompactJws,
} from './compact-jws.js'
import { importPublicKey } from './json-web-key-set.js'
import { JwtFault } from './jwt-fault.js'
import { fitsAlgorithm } from './token-algorithm.js'

/** The request that a proof must have been made for. */
export interface DpopTarget {
  readonly method: string
  /** Without a query: one per scheme that the service is reached by, e.g. `https://api.example.com/v1/orders`. */
  readonly urls: readonly string[]
  /** The access token that goes with it. */
  readonly token: string
  /** `cnf.jkt` of the token. */
  readonly thumbprint: string
  readonly algorithms: ReadonlySet<string>
}

/** A proof that fits; whether it comes in time and for the first time is judged by others. */
export interface DpopProof {
  /** 16 bytes that stand for this proof of this key. */
  readonly claimId: Uint8Array
  /** `iat`, ms since epoch. */
  readonly issuedAt: number
  readonly nonce: string | undefined
}

const FORM: CompactJwsForm = { maxLength: 4096, canonicalEncoding: true }
const MAX_TEXT = 256
const CLAIM_BYTES = 16

/**
 * Verifies the form and the signature of a DPoP proof, and that it was made for this request, this token and by the
 * key that the token is bound to (RFC 9449 §4.3, items 2 to 9 and 12).
 *
 * @throws JwtFault
 */
export async function verifyDpopProof(text: string, target: DpopTarget): Promise<DpopProof> {
  const jws = parseCompactJws(text, FORM)
  const { alg, typ, jwk } = jws.header
  if (typ !== 'dpop+jwt') throw new JwtFault('token_type', 'The header typ must be dpop+jwt.')
  if (!target.algorithms.has(alg))
    throw new JwtFault(
      'token_algorithm',
      `The header alg must be one of ${[...target.algorithms].join(', ')}.`,
    )
  const key = isJsonObject(jwk) ? importPublicKey(jwk) : undefined
  if (key === undefined || !fitsAlgorithm(key, alg))
    throw new JwtFault('dpop_jwk', 'The header jwk must be the public key that fits alg.')
  if ((await calculateJwkThumbprint(key.export({ format: 'jwk' }) as JWK)) !== target.thumbprint)
    throw new JwtFault(
      'dpop_key',
      'The proof is signed by another key than the one the access token is bound to.',
    )
  const claims = parseJsonObject(await verifyCompactJws(jws, key))
  return readProof(claims, target)
}

function readProof(claims: Readonly<Record<string, unknown>>, target: DpopTarget): DpopProof {
  const { jti, htm, htu, iat, ath, nonce } = claims
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_TEXT) throw refuseClaim('jti')
  if (typeof iat !== 'number' || !Number.isFinite(iat) || Math.abs(iat) > 1e11) throw refuseClaim('iat')
  if (nonce !== undefined && (typeof nonce !== 'string' || nonce.length > MAX_TEXT))
    throw refuseClaim('nonce')
  if (htm !== target.method) throw new JwtFault('dpop_request', 'htm is not the method of this request.')
  if (typeof htu !== 'string' || !target.urls.includes(normaliseUrl(htu) ?? ''))
    throw new JwtFault('dpop_request', 'htu is not the URL of this request (without query and fragment).')
  if (ath !== createHash('sha256').update(target.token, 'latin1').digest('base64url'))
    throw new JwtFault('dpop_token', 'ath is not the SHA-256 of the access token that came with the proof.')
  const id = createHash('sha256')
    .update(JSON.stringify([target.thumbprint, jti]))
    .digest()
  return { claimId: new Uint8Array(id.subarray(0, CLAIM_BYTES)), issuedAt: iat * 1000, nonce }
}

/** A URL in the form in which `htu` is compared: scheme and host in lower case, no default port, no query. */
export function normaliseUrl(text: string): string | undefined {
  if (text.length > 4096 || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return undefined
  return `${url.protocol}//${url.host}${url.pathname}`
}

function refuseClaim(name: string): JwtFault {
  return new JwtFault('dpop_claims', `The claim ${name} is missing or has a wrong form.`)
}
