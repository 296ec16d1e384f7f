// Runs every vector that concerns this package: each hmac-signing vector arrives as a request and must be accepted,
// each hmac-verification, webhooks and http-signature-verification vector must get its answer, each credential-stores vector is taken or refused.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSigningScheme, parseTimestamp } from '@countersign/protocol'
import { describe, expect, it } from 'vitest'
import {
  createMemoryCredentialStore,
  createMemoryReplayGuard,
  createRequestVerifier,
  type HmacCredential,
  type HttpSignatureCredential,
  hmacSignature,
  httpMessageSignature,
  type IncomingRequest,
  type RequestVerifierOptions,
  toProblem,
} from '../src/index.js'

interface Wire extends Omit<IncomingRequest, 'body' | 'peer'> {
  readonly bodyBase64: string
  readonly peerAddress: string
}
interface Arrival {
  readonly nowMs: number
  readonly request: Wire
  /** `signedHeaders` of an accepted request, `code` and `retryable` of a refused one. */
  readonly expected: { readonly status: number; readonly signedHeaders?: readonly [string, string][] }
}
interface ArrivalVector extends Arrival {
  readonly id: string
  readonly verifier?: Partial<VerifierSettings>
  readonly scopes: readonly string[]
  readonly before: readonly Arrival[]
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
  readonly expected: { readonly authorization: string; readonly canonicalHeaders: string }
}
interface VerifierSettings
  extends Pick<
    RequestVerifierOptions,
    'environment' | 'api' | 'freshness' | 'escapedPaths' | 'transportHeaders' | 'limits'
  > {
  readonly authorities: readonly string[]
  readonly rows: readonly string[]
}
/** Moments stand in the vectors as text. */
type CredentialText = Omit<HmacCredential, 'createdAt' | 'notBefore' | 'notAfter'> & {
  readonly api?: string
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

/** What one new verifier answers to all of them, one after the other. */
async function answers(
  { schemes }: Pick<VectorFile<unknown>, 'schemes'>,
  { rows, ...settings }: VerifierSettings,
  credentials: readonly HmacCredential[],
  scopes: readonly string[],
  arrivals: readonly Omit<Arrival, 'expected'>[],
): Promise<unknown[]> {
  // Started long before every request, so that the guard is warm.
  const clock = { now: -86_400_000 }
  const now = (): number => clock.now
  const verifier = createRequestVerifier({
    ...settings,
    schemes: [
      hmacSignature({
        rows: rows.map(row => createSigningScheme(schemes[row]!.label, schemes[row]!.headerLabel)),
      }),
    ],
    credentials: createMemoryCredentialStore(credentials),
    replay: createMemoryReplayGuard({ maxEntries: 16, maxPartnerShare: 1, now }),
    preAuthLimit: false,
    now,
  })
  const given: unknown[] = []
  for (const { nowMs, request } of arrivals) {
    clock.now = nowMs
    const { bodyBase64, peerAddress, ...rest } = request
    const incoming = {
      ...rest,
      body: Buffer.from(bodyBase64, 'base64'),
      peer: { address: peerAddress },
    }
    try {
      const { signedHeaders } = await verifier.verify(incoming, { scopes })
      given.push({ status: 200, signedHeaders: [...signedHeaders] })
    } catch (error) {
      const { status, body } = toProblem(error, { requestId: 'vector' })
      given.push({ status, code: body.code, retryable: body.retryable })
    }
  }
  return given
}

function toCredential({ createdAt, notBefore, notAfter, ...rest }: CredentialText): HmacCredential {
  return {
    ...rest,
    createdAt: Date.parse(createdAt),
    ...(notBefore === undefined ? {} : { notBefore: Date.parse(notBefore) }),
    ...(notAfter === undefined ? {} : { notAfter: Date.parse(notAfter) }),
  }
}

describe.each(['hmac-verification', 'webhooks'])('%s', kind => {
  const file = load<ArrivalVector>(kind)
  it.each(file.vectors.map(vector => [vector.id, vector] as const))('%s', async (_, vector) => {
    const settings = { ...file.verifier, ...vector.verifier }
    const credentials = file.credentials.filter(({ api }) => api === undefined || api === settings.api)
    const arrivals = [...vector.before, vector]
    const given = await answers(file, settings, credentials.map(toCredential), vector.scopes, arrivals)
    expect(given).toEqual(arrivals.map(({ expected }) => expected))
  })
})

interface HttpSignatureFile extends Omit<VectorFile<ArrivalVector>, 'credentials'> {
  readonly verifier: VerifierSettings & { readonly tag: string }
  readonly credentials: readonly (Omit<HttpSignatureCredential, 'createdAt' | 'notAfter'> & {
    readonly createdAt: string
    readonly notAfter?: string
  })[]
}

describe('http-signature-verification', () => {
  const file = load<ArrivalVector>('http-signature-verification') as unknown as HttpSignatureFile
  const { rows, tag, ...settings } = file.verifier
  const credentials = file.credentials.map(({ createdAt, notAfter, ...rest }) => ({
    ...{ ...rest, createdAt: Date.parse(createdAt) },
    ...(notAfter === undefined ? {} : { notAfter: Date.parse(notAfter) }),
  }))

  it.each(file.vectors.map(vector => [vector.id, vector] as const))('%s', async (_, vector) => {
    const clock = { now: -86_400_000 }
    const now = (): number => clock.now
    const guard = createMemoryReplayGuard({ maxEntries: 16, maxPartnerShare: 1, now })
    let claimId = ''
    const verifier = createRequestVerifier({
      ...{ ...settings, now, preAuthLimit: false },
      schemes: [
        hmacSignature({
          rows: rows.map(row =>
            createSigningScheme(file.schemes[row]!.label, file.schemes[row]!.headerLabel),
          ),
        }),
        httpMessageSignature({ tag }),
      ],
      credentials: createMemoryCredentialStore(credentials),
      replay: {
        has: claim => guard.has(claim),
        claim: claim => {
          claimId = Buffer.from(claim.id).toString('hex')
          return guard.claim(claim)
        },
      },
    })
    const arrivals = [...vector.before, vector]
    const given: unknown[] = []
    for (const { nowMs, request } of arrivals) {
      clock.now = nowMs
      const { bodyBase64, peerAddress, ...rest } = request
      const body = Buffer.from(bodyBase64, 'base64')
      try {
        const incoming = { ...rest, body, peer: { address: peerAddress } }
        const { signedHeaders, evidence } = await verifier.verify(incoming, { scopes: vector.scopes })
        const shown = { signedHeaders: [...signedHeaders], signatureBase: evidence!.signatureBase }
        given.push({ status: 200, ...shown, claimId })
      } catch (error) {
        const problem = toProblem(error, { requestId: 'vector' })
        given.push({
          status: problem.status,
          code: problem.body.code,
          retryable: problem.body.retryable,
        })
      }
    }
    expect(given).toEqual(arrivals.map(({ expected }) => expected))
  })
})

describe('credential-stores', () => {
  const { vectors } = load<{ id: string; result: string; credentials: CredentialText[] }>('credential-stores')
  it.each(vectors.map(vector => [vector.id, vector] as const))('%s', (_, { credentials, result }) => {
    let taken = true
    try {
      createMemoryCredentialStore(credentials.map(toCredential))
    } catch {
      taken = false
    }
    expect(taken).toBe(result === 'valid')
  })
})

describe('hmac-signing', () => {
  const file = load<SigningVector>('hmac-signing')
  it.each(file.vectors.map(vector => [vector.id, vector] as const))('%s', async (_, vector) => {
    const { environment, api, escapedPaths, keyId, secret, request, scheme, timestamp } = vector
    const host = request.headers.find(([name]) => name.toLowerCase() === 'host')![1]
    const credential: HmacCredential = {
      ...{ keyId, secret, environment, partnerId: 'acme', kind: 'hmac', scopes: [], state: 'active' },
      createdAt: 0,
    }
    const settings = { authorities: [host], environment, api, rows: [scheme], escapedPaths }
    const rawHeaders = [...request.headers, ['authorization', vector.expected.authorization]].flat()
    const wire: Wire = {
      ...{ method: request.method, target: request.target, bodyBase64: request.bodyBase64 },
      ...{ rawHeaders, httpVersion: '1.1', peerAddress: '192.0.2.10' },
    }
    const arrival = { request: wire, nowMs: parseTimestamp(timestamp) }
    const lines = vector.expected.canonicalHeaders.split('\n').slice(0, -1)
    const signedHeaders = lines.map(line => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1),
    ])
    const given = await answers(file, settings, [credential], [], [arrival])
    expect(given).toEqual([{ status: 200, signedHeaders }])
  })
})
