// A verifier whose clock stands still, without the limiter for failures, and what its holder would sign.
import {
  type Credential,
  createMemoryCredentialStore,
  createMemoryReplayGuard,
  createRequestVerifier,
  type HmacCredential,
  hmacSignature,
  type MemoryReplayGuard,
  type MemoryReplayGuardOptions,
  type RequestVerifier,
  type RequestVerifierOptions,
} from '../../src/index.js'
import { type SignedRequest, type SignParameters, sign } from '../independent-signer.js'

export const NOW: number = Date.UTC(2026, 10, 21, 23, 30, 40)
export const TIMESTAMP = '20261121T233040Z'
export const HOST = 'api.example.com'
export const BODY_LIMIT = 4096

const CREDENTIAL = {
  kind: 'hmac',
  environment: 'sandbox',
  scopes: ['orders:status:write'],
  state: 'active',
  createdAt: NOW - 86_400_000,
} as const
export const ACME: HmacCredential = {
  ...CREDENTIAL,
  keyId: 'acme_2026_a',
  partnerId: 'acme',
  secret: 'only-for-tests-acme',
}
const GLOBEX: HmacCredential = {
  ...CREDENTIAL,
  keyId: 'globex_2026',
  partnerId: 'globex',
  secret: 'only-for-tests-globex',
}
const OF_LIVE: HmacCredential = {
  ...CREDENTIAL,
  keyId: 'acme_live_1',
  partnerId: 'acme',
  environment: 'live',
  secret: 'only-for-tests-live',
}
export const LIVE_KEY: Pick<SignParameters, 'keyId' | 'secret'> = {
  keyId: OF_LIVE.keyId,
  secret: OF_LIVE.secret,
}

export const GLOBEX_KEY: Pick<SignParameters, 'keyId' | 'secret'> = {
  keyId: GLOBEX.keyId,
  secret: GLOBEX.secret,
}

export interface Testbed {
  readonly clock: { now: number }
  readonly guard: MemoryReplayGuard
  readonly verifier: RequestVerifier
}

export interface TestbedOptions {
  readonly verifier?: Partial<RequestVerifierOptions>
  readonly guard?: MemoryReplayGuardOptions
  readonly credentials?: readonly Credential[]
  /** How long the guard has been running. Default: a day. */
  readonly upMs?: number
}

export function createTestbed(options: TestbedOptions = {}): Testbed {
  const clock = { now: NOW - (options.upMs ?? 86_400_000) }
  const guard = createMemoryReplayGuard({ maxEntries: 10_000, now: () => clock.now, ...options.guard })
  clock.now = NOW
  const verifier = createRequestVerifier({
    authorities: [HOST, 'second.example.com'],
    environment: 'sandbox',
    api: 'orders',
    schemes: [hmacSignature()],
    credentials: createMemoryCredentialStore([ACME, GLOBEX, OF_LIVE, ...(options.credentials ?? [])]),
    replay: guard,
    limits: { bodyBytes: BODY_LIMIT },
    preAuthLimit: false,
    now: () => clock.now,
    ...options.verifier,
  })
  return { clock, guard, verifier }
}

let requests = 0

/** A request of acme, unlike every other by its nonce, signed by a signer that shares no code with the verifier. */
export function signRequest(
  parameters: Partial<SignParameters> = {},
  nonce = `nonce-${String(++requests).padStart(16, '0')}`,
): SignedRequest {
  const word = parameters.labels?.headerWord ?? 'Partner'
  return sign({
    keyId: ACME.keyId,
    secret: ACME.secret,
    timestamp: TIMESTAMP,
    ...parameters,
    headers: [[`X-${word}-Nonce`, nonce], ...(parameters.headers ?? [])],
  })
}
