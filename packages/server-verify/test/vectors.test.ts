// Runs every vector that concerns this package: each hmac-signing vector arrives as a request and must be accepted,
// each hmac-verification vector must get its status and code.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSigningScheme, parseTimestamp } from '@countersign/protocol'
import { describe, expect, it } from 'vitest'
import {
  type Credential,
  createMemoryCredentialStore,
  createMemoryReplayGuard,
  createRequestVerifier,
  hmacSignature,
  type IncomingRequest,
  type RequestVerifierOptions,
  toProblem,
} from '../src/index.js'

interface Wire {
  readonly method: string
  readonly target: string
  readonly httpVersion: string
  readonly rawHeaders: readonly string[]
  readonly bodyBase64: string
  readonly peerAddress: string
}
interface VerificationVector {
  readonly id: string
  readonly verifier?: Partial<VerifierSettings>
  readonly nowMs: number
  readonly scopes: readonly string[]
  readonly sentBefore: number
  readonly request: Wire
  readonly expected: { readonly status: number; readonly code?: string }
}
interface SigningVector {
  readonly id: string
  readonly scheme: string
  readonly keyId: string
  readonly secret: string
  readonly environment: string
  readonly api: string
  readonly timestamp: string
  readonly escapedPaths: boolean
  readonly request: { method: string; target: string; headers: [string, string][]; bodyBase64: string }
  readonly expected: { readonly authorization: string }
}
interface VerifierSettings
  extends Pick<RequestVerifierOptions, 'environment' | 'api' | 'freshness' | 'escapedPaths'> {
  readonly authorities: readonly string[]
  readonly rows: readonly string[]
}
/** Moments stand in the vectors as text. */
type CredentialText = Omit<Credential, 'createdAt' | 'notBefore' | 'notAfter'> & {
  readonly createdAt: string
  readonly notBefore?: string
  readonly notAfter?: string
}
interface VectorFile<V> {
  readonly schemes: Readonly<Record<string, { readonly label: string; readonly headerLabel: string }>>
  readonly verifier: VerifierSettings
  readonly credentials: readonly CredentialText[]
  readonly vectors: readonly V[]
}

const load = <V>(kind: string): VectorFile<V> =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../../../test-vectors/${kind}.json`), 'utf8'))

async function answer(
  file: Pick<VectorFile<unknown>, 'schemes' | 'verifier'>,
  credentials: readonly Credential[],
  { request, nowMs, scopes, sentBefore, ...vector }: Omit<VerificationVector, 'id' | 'expected'>,
): Promise<{ status: number; code?: unknown }> {
  const { rows, ...settings } = { ...file.verifier, ...vector.verifier }
  const now = (): number => nowMs
  const verifier = createRequestVerifier({
    ...settings,
    schemes: [
      hmacSignature({
        rows: rows.map(row => createSigningScheme(file.schemes[row]!.label, file.schemes[row]!.headerLabel)),
      }),
    ],
    credentials: createMemoryCredentialStore(credentials),
    // Started a day before every request, so that it is warm.
    replay: createMemoryReplayGuard({ maxEntries: 16, maxPartnerShare: 1, now: () => -86_400_000 }),
    preAuthLimit: false,
    now,
  })
  const incoming: IncomingRequest = {
    ...{ method: request.method, target: request.target, httpVersion: request.httpVersion },
    rawHeaders: request.rawHeaders,
    body: Buffer.from(request.bodyBase64, 'base64'),
    peer: { address: request.peerAddress },
  }
  let last: { status: number; code?: unknown } = { status: 0 }
  for (let sent = 0; sent <= sentBefore; sent++) {
    if (sent > 0) expect(last).toEqual({ status: 200 })
    last = await verifier.verify(incoming, { scopes }).then(
      () => ({ status: 200 }),
      (error: unknown) => {
        const { status, body } = toProblem(error, { requestId: 'vector' })
        return { status, code: body.code }
      },
    )
  }
  return last
}

describe('hmac-verification', () => {
  const file = load<VerificationVector>('hmac-verification')
  const credentials = file.credentials.map(({ createdAt, notBefore, notAfter, ...rest }) => ({
    ...rest,
    createdAt: Date.parse(createdAt),
    ...(notBefore === undefined ? {} : { notBefore: Date.parse(notBefore) }),
    ...(notAfter === undefined ? {} : { notAfter: Date.parse(notAfter) }),
  }))
  it.each(file.vectors.map(vector => [vector.id, vector] as const))('%s', async (_, vector) => {
    expect(await answer(file, credentials, vector)).toEqual(vector.expected)
  })
})

describe('hmac-signing', () => {
  const file = load<SigningVector>('hmac-signing')
  it.each(file.vectors.map(vector => [vector.id, vector] as const))('%s', async (_, vector) => {
    const { environment, api, escapedPaths, keyId, secret, request, scheme, timestamp } = vector
    const host = request.headers.find(([name]) => name.toLowerCase() === 'host')![1]
    const credential: Credential = {
      ...{ keyId, secret, environment, partnerId: 'acme', kind: 'hmac', scopes: [], state: 'active' },
      createdAt: 0,
    }
    const verifier = { authorities: [host], environment, api, rows: [scheme], escapedPaths }
    const rawHeaders = [...request.headers, ['authorization', vector.expected.authorization]].flat()
    const wire: Wire = {
      ...{ method: request.method, target: request.target, bodyBase64: request.bodyBase64 },
      ...{ rawHeaders, httpVersion: '1.1', peerAddress: '192.0.2.10' },
    }
    const arrives = { request: wire, nowMs: parseTimestamp(timestamp), scopes: [], sentBefore: 0 }
    expect(await answer({ ...file, verifier }, [credential], arrives)).toEqual({ status: 200 })
  })
})
