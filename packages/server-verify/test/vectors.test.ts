// Every vector of how a verifier answers, against the real pipeline.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSigningScheme } from '@countersign/protocol'
import { describe, expect, it } from 'vitest'
import {
  type Credential,
  createMemoryCredentialStore,
  createMemoryReplayGuard,
  createRequestVerifier,
  hmacSignature,
  toProblem,
} from '../src/index.js'

interface Vector {
  readonly id: string
  readonly nowMs: number
  readonly scopes: readonly string[]
  readonly sentBefore: number
  readonly verifier?: { readonly authorities?: readonly string[] }
  readonly request: {
    readonly method: string
    readonly target: string
    readonly httpVersion: string
    readonly rawHeaders: readonly string[]
    readonly bodyBase64: string
    readonly peerAddress: string
  }
  readonly expected: { readonly status: number; readonly code?: string }
}
interface VectorFile {
  readonly schemes: Readonly<Record<string, { readonly label: string; readonly headerLabel: string }>>
  readonly verifier: {
    readonly authorities: readonly string[]
    readonly environment: string
    readonly api: string
    readonly rows: readonly string[]
    readonly escapedPaths: boolean
    readonly freshness: { readonly pastSeconds: number; readonly futureSeconds: number }
  }
  readonly credentials: readonly Readonly<Record<string, unknown>>[]
  readonly vectors: readonly Vector[]
}

const path = join(import.meta.dirname, '../../../test-vectors/hmac-verification.json')
const file: VectorFile = JSON.parse(readFileSync(path, 'utf8'))

const toCredential = (stored: VectorFile['credentials'][number]): Credential => {
  const moments = ['createdAt', 'notBefore', 'notAfter'].filter(name => stored[name] !== undefined)
  const inMs = Object.fromEntries(moments.map(name => [name, Date.parse(String(stored[name]))]))
  return { ...stored, ...inMs } as unknown as Credential
}

function createVerifier({ nowMs, verifier = {} }: Vector): ReturnType<typeof createRequestVerifier> {
  const { rows, ...settings } = file.verifier
  // Started an hour before: what is not in it was never accepted.
  let guardNow = nowMs - 3_600_000
  const replay = createMemoryReplayGuard({ maxEntries: 16, maxPartnerShare: 1, now: () => guardNow })
  guardNow = nowMs
  return createRequestVerifier({
    ...settings,
    ...verifier,
    schemes: [
      hmacSignature({
        rows: rows.map(name =>
          createSigningScheme(file.schemes[name]!.label, file.schemes[name]!.headerLabel),
        ),
      }),
    ],
    credentials: createMemoryCredentialStore(file.credentials.map(toCredential)),
    replay,
    now: () => nowMs,
  })
}

describe('hmac-verification', () => {
  it.each(file.vectors.map(vector => [vector.id, vector] as const))('%s', async (_, vector) => {
    const { bodyBase64, peerAddress, ...request } = vector.request
    const incoming = {
      ...request,
      body: Buffer.from(bodyBase64, 'base64'),
      peer: { address: peerAddress },
    }
    const verifier = createVerifier(vector)
    for (let i = 0; i < vector.sentBefore; i++) await verifier.verify(incoming, { scopes: vector.scopes })
    let answer: { status: number; code?: string } = { status: 200 }
    try {
      await verifier.verify(incoming, { scopes: vector.scopes })
    } catch (error) {
      const { status, body } = toProblem(error, { requestId: 'unset' })
      answer = { status, code: body.code }
    }
    expect(answer).toEqual(vector.expected)
  })
})
