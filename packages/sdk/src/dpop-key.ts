import type { HeaderPair } from '@countersign/protocol'
import type { OutgoingRequest } from './outgoing-request.js'
import { importPrivateKey, type SigningKeyPair } from './private-key.js'
import type { Secret } from './secret.js'

const utf8 = new TextEncoder()

/** A key that tokens are bound to (RFC 9449), and the proofs that it is here. */
export class DpopKey {
  readonly pair: SigningKeyPair
  /** RFC 7638, SHA-256. */
  readonly thumbprint: string
  readonly #jose: typeof import('jose')
  readonly #publicJwk: import('jose').JWK
  /** What each server wants to find in the next proof, by origin. */
  readonly #nonces = new Map<string, string>()

  private constructor(
    pair: SigningKeyPair,
    jose: typeof import('jose'),
    publicJwk: import('jose').JWK,
    jkt: string,
  ) {
    this.pair = pair
    this.#jose = jose
    this.#publicJwk = publicJwk
    this.thumbprint = jkt
  }

  /** @param privateKey PEM or JWK; default: a new P-256 key that lives as long as this process */
  static async create(privateKey?: Secret): Promise<DpopKey> {
    const jose = await import('jose')
    const pair =
      privateKey === undefined
        ? { algorithm: 'ES256', ...(await jose.generateKeyPair('ES256', { extractable: false })) }
        : await importPrivateKey(privateKey, 'PS256')
    const jwk = await jose.exportJWK(pair.publicKey)
    return new DpopKey(pair, jose, jwk, await jose.calculateJwkThumbprint(jwk))
  }

  /** The proof for one request: bound to its method, its address and the token. Each one is used once. */
  async createProof(request: OutgoingRequest, token: string, now: number): Promise<HeaderPair> {
    const ath = await crypto.subtle.digest('SHA-256', utf8.encode(token))
    const nonce = this.#nonces.get(request.origin)
    const claims = {
      htm: request.method,
      htu: `${request.origin}${request.path}`,
      ath: this.#jose.base64url.encode(new Uint8Array(ath)),
      jti: crypto.randomUUID(),
      iat: Math.floor(now / 1000),
      ...(nonce !== undefined && { nonce }),
    }
    const header = { alg: this.pair.algorithm, typ: 'dpop+jwt', jwk: this.#publicJwk }
    const proof = await new this.#jose.SignJWT(claims).setProtectedHeader(header).sign(this.pair.privateKey)
    return ['dpop', proof]
  }

  /** @returns whether the nonce is a new one */
  takeNonce(origin: string, nonce: string | undefined): boolean {
    if (nonce === undefined || !/^[\x21\x23-\x5b\x5d-\x7e]{1,1024}$/.test(nonce)) return false
    const isNew = this.#nonces.get(origin) !== nonce
    this.#nonces.set(origin, nonce)
    return isNew
  }
}
