import type { KeyObject } from 'node:crypto'
import { compactVerify, errors } from 'jose'
import { JwtFault } from './jwt-fault.js'

/** The protected header of a JWS, of the members that are read. */
export interface JwsHeader {
  readonly alg: string
  readonly typ: string | undefined
  /** Up to 128 of `A-Z a-z 0-9 . _ ~ + / = : @ -`; looked up in a Map and used for nothing else. */
  readonly kid: string | undefined
  /** Not refused here: a DPoP proof brings its key. */
  readonly jwk: unknown
}

/** A JWS in its form only: nothing is verified. */
export interface CompactJws {
  readonly text: string
  readonly header: JwsHeader
  /** As sent; to be looked at before the signature is verified for one thing only: which issuer to ask. */
  readonly unverifiedPayload: Uint8Array
}

/** How strictly a JWS is read. */
export interface CompactJwsForm {
  /** Most characters. */
  readonly maxLength: number
  /**
   * Each part must be the one canonical base64url text of its bytes. Without it one signature fits several texts:
   * padding, spaces and unused bits are ignored.
   */
  readonly canonicalEncoding: boolean
}

// Members that would change how the token is read, or name a key that its sender chose.
const REFUSED = ['crit', 'b64', 'jku', 'x5u', 'x5c', 'zip', 'enc', 'epk', 'apu', 'apv']
const KID = /^[A-Za-z0-9._~+/=:@-]{1,128}$/

/**
 * Reads the form of a JWS in compact serialization (RFC 7515 §7.1).
 *
 * @throws JwtFault `token_too_large`, `token_malformed`, `token_header_refused`, `token_kid_invalid`
 */
export function parseCompactJws(text: string, form: CompactJwsForm): CompactJws {
  if (text.length > form.maxLength) throw new JwtFault('token_too_large')
  const parts = text.split('.', 4)
  if (parts.length !== 3) throw new JwtFault('token_malformed')
  const [header, payload, signature] = parts.map(part => decodePart(part, form))
  if (signature!.length === 0) throw new JwtFault('token_signature')
  return { text, header: readHeader(parseJsonObject(header!)), unverifiedPayload: payload! }
}

/** @throws JwtFault `token_malformed` */
export function parseJsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    // Without the parser's message: that one quotes the token.
    throw new JwtFault('token_malformed')
  }
  if (!isJsonObject(value)) throw new JwtFault('token_malformed')
  return value
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Verifies the signature with one key and the one algorithm that the header names; that it is allowed, and that the
 * key is of its kind, was checked by whoever found the key.
 *
 * @returns the payload that was signed
 * @throws JwtFault `token_signature`
 */
export async function verifyCompactJws(jws: CompactJws, key: KeyObject): Promise<Uint8Array> {
  try {
    const { payload } = await compactVerify(jws.text, key, { algorithms: [jws.header.alg] })
    return payload
  } catch (error) {
    // No cause: some of jose's errors carry what was in the token.
    if (error instanceof errors.JOSEError) throw new JwtFault('token_signature')
    throw error
  }
}

function decodePart(part: string, form: CompactJwsForm): Uint8Array {
  const bytes = Buffer.from(part, 'base64url')
  if (form.canonicalEncoding && bytes.toString('base64url') !== part) throw new JwtFault('token_malformed')
  return bytes
}

function readHeader(header: Readonly<Record<string, unknown>>): JwsHeader {
  for (const name of REFUSED) if (Object.hasOwn(header, name)) throw new JwtFault('token_header_refused')
  const { alg, typ, kid, jwk } = header
  if (typeof alg !== 'string') throw new JwtFault('token_malformed')
  if (typ !== undefined && typeof typ !== 'string') throw new JwtFault('token_type')
  if (kid === undefined) return { alg, typ, kid, jwk }
  if (typeof kid !== 'string' || !KID.test(kid) || kid.includes('..')) throw new JwtFault('token_kid_invalid')
  return { alg, typ, kid, jwk }
}
