// A verifier with a clock that stands still and an audit log that can be read, for tests of the pipeline.
import {
  type AuditEntry,
  createAuditLog,
  createMemoryCredentialStore,
  createMemoryReplayGuard,
  createRequestVerifier,
  type HmacCredential,
  hmacSignature,
  type IncomingRequest,
  type MemoryCredentialStore,
  type MemoryReplayGuard,
  type RequestVerifier,
  type RequestVerifierOptions,
  type Requirement,
  toProblem,
  type VerifiedCaller,
} from '../src/index.js'
import { type SignedRequest, type SignParameters, sign } from './independent-signer.js'

export const NOW: number = Date.UTC(2026, 10, 21, 23, 30, 40)
export const TIMESTAMP = '20261121T233040Z'
export const KEY_ID = 'acme_2026_a'
export const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
export const WRITE: Requirement = { scopes: ['orders:status:write'] }

export const CREDENTIAL: HmacCredential = {
  kind: 'hmac',
  keyId: KEY_ID,
  partnerId: 'acme',
  environment: 'sandbox',
  secret: SECRET,
  scopes: ['orders:status:write', 'orders:read'],
  state: 'active',
  createdAt: NOW - 86_400_000,
}

export interface Fixture {
  readonly clock: { now: number }
  readonly credentials: MemoryCredentialStore
  readonly guard: MemoryReplayGuard
  readonly verifier: RequestVerifier
  readonly audited: AuditEntry[]
  /** A request of the demo credential, signed by the independent signer. */
  signed(parameters?: Partial<SignParameters>): SignedRequest & IncomingRequest
  /** The verified caller, or the problem that the outside would see. */
  answer(request: IncomingRequest, requirement?: Requirement): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly code: string | undefined
  readonly caller: VerifiedCaller | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

export function createFixture(options: Partial<RequestVerifierOptions> = {}): Fixture {
  const clock = { now: NOW }
  const credentials = createMemoryCredentialStore([CREDENTIAL])
  const audited: AuditEntry[] = []
  // Started long ago, so that it is not warming up.
  const start = { now: NOW - 86_400_000 }
  const guard = createMemoryReplayGuard({ maxEntries: 1000, maxPartnerShare: 1, now: () => start.now })
  start.now = NOW
  const verifier = createRequestVerifier({
    authorities: ['api.example.com'],
    environment: 'sandbox',
    api: 'orders',
    schemes: [hmacSignature()],
    credentials,
    replay: guard,
    audit: createAuditLog({ write: entry => void audited.push(entry) }),
    preAuthLimit: false,
    now: () => clock.now,
    ...options,
  })
  return {
    clock,
    credentials,
    guard,
    verifier,
    audited,
    signed: parameters => ({
      ...sign({ keyId: KEY_ID, secret: SECRET, timestamp: TIMESTAMP, ...parameters }),
      peer: { address: '192.0.2.10' },
    }),
    async answer(request, requirement = WRITE) {
      try {
        const caller = await verifier.verify(request, requirement)
        return { status: 200, code: undefined, caller, headers: {}, body: {} }
      } catch (error) {
        const { status, headers, body } = toProblem(error, { requestId: 'unset' })
        return { status, code: body.code, caller: undefined, headers, body: { ...body } }
      }
    },
  }
}
