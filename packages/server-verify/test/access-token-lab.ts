// An issuer whose keys stand in the configuration, for tests of single tokens; a clock that stands still.
import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { CompactSign, calculateJwkThumbprint, type JWK } from 'jose'
import {
  type AccessTokenCredential,
  type AccessTokenOptions,
  accessToken,
  apiKey,
  createTrustedIssuers,
  hmacSignature,
  type IncomingRequest,
  type RequestVerifierOptions,
  type TrustedIssuers,
  tokenBindingKeyId,
} from '../src/index.js'
import { createFixture, type Fixture, NOW } from './fixture.js'

export const ISSUER = 'https://login.acme.example'
export const AUDIENCE = 'https://api.example.com'
export const SUBJECT = 'acme-push'
export const TARGET = '/v1/order-statuses'
export const NOW_SECONDS: number = Math.floor(NOW / 1000)

export interface SigningPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly alg: string
  readonly kid: string
}

export const EC: SigningPair = {
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  alg: 'ES256',
  kid: 'ec-1',
}
export const RSA: SigningPair = {
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }),
  alg: 'RS256',
  kid: 'rsa-1',
}
export const ED: SigningPair = { ...generateKeyPairSync('ed25519'), alg: 'EdDSA', kid: 'ed-1' }
/** Of nobody that is trusted. */
export const FOREIGN: SigningPair = {
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  alg: 'ES256',
  kid: 'ec-1',
}

export function publicJwk({ publicKey, alg, kid }: SigningPair): JWK {
  return { ...(publicKey.export({ format: 'jwk' }) as JWK), alg, kid, use: 'sig' }
}

export const JWKS: { readonly keys: readonly JWK[] } = { keys: [EC, RSA, ED].map(publicJwk) }

export const BINDING: AccessTokenCredential = {
  ...{ kind: 'access-token', keyId: tokenBindingKeyId(ISSUER, SUBJECT), issuer: ISSUER, subject: SUBJECT },
  ...{ partnerId: 'acme', environment: 'sandbox', scopes: ['orders:status:write', 'orders:read'] },
  ...{ state: 'active', createdAt: NOW - 1000 },
}

export function claims(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const all: Record<string, unknown> = {
    ...{ iss: ISSUER, aud: AUDIENCE, sub: SUBJECT, client_id: SUBJECT, jti: randomUUID() },
    ...{ iat: NOW_SECONDS - 10, exp: NOW_SECONDS + 600, scope: 'orders:status:write' },
    ...changes,
  }
  for (const [name, value] of Object.entries(all)) if (value === undefined) delete all[name]
  return all
}

/** Signs whatever payload and header it is given. */
export async function signToken(
  payload: unknown,
  pair: SigningPair = EC,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
  return new CompactSign(Buffer.from(text))
    .setProtectedHeader({ alg: pair.alg, kid: pair.kid, typ: 'at+jwt', ...header } as { alg: string })
    .sign(pair.privateKey)
}

export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

export function thumbprint(pair: SigningPair): Promise<string> {
  return calculateJwkThumbprint(pair.publicKey.export({ format: 'jwk' }) as JWK)
}

/** A DPoP proof for a POST to {@link TARGET}, with changes. */
export function createProof(
  token: string,
  pair: SigningPair,
  changes: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const payload = {
    ...{ jti: randomUUID(), htm: 'POST', htu: `https://api.example.com${TARGET}` },
    ...{ iat: NOW_SECONDS, ath: tokenHash(token), ...changes },
  }
  const jwk = pair.publicKey.export({ format: 'jwk' })
  return signToken(payload, pair, { kid: undefined, typ: 'dpop+jwt', jwk, ...header })
}

export interface TokenLab extends Fixture {
  readonly issuers: TrustedIssuers
}

export function createTokenLab(
  options: Partial<AccessTokenOptions> = {},
  verifier: Partial<RequestVerifierOptions> = {},
): TokenLab {
  const clock = { now: NOW }
  const issuers = createTrustedIssuers([{ issuer: ISSUER, jwks: JWKS }], () => clock.now)
  const fixture = createFixture({
    schemes: [hmacSignature(), apiKey(), accessToken({ issuers, audience: AUDIENCE, ...options })],
    now: () => clock.now,
    ...verifier,
  })
  fixture.credentials.add(BINDING)
  return { ...fixture, clock, issuers }
}

export function push(authorization: string, headers: readonly string[] = []): IncomingRequest {
  return {
    method: 'POST',
    target: TARGET,
    rawHeaders: ['Host', 'api.example.com', 'Authorization', authorization, ...headers],
    body: Buffer.from('{}'),
    peer: { address: '192.0.2.10' },
  }
}
