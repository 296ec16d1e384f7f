// Makes the event ids of the event-ids vectors, and signs the hmac-signing vectors through this package's signer, with their time and nonce. The signer chooses itself
// what it signs (date, nonce, payload hash, and what must be signed), so the vectors that concern it are those with
// exactly these headers; the other forms are what foreign signers send, and are the protocol package's and the
// verifier's business.

import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSigningScheme, parseTimestamp } from '@countersign/protocol'
import { describe, expect, it } from 'vitest'
import { createEventId, normalizeEvent, OrderStatusError, type OrderStatusEvent } from '../src/index.js'
import { prepareMessageSignature } from '../src/message-signature.js'
import { createKeySigner } from '../src/private-key-signer.js'
import { createRequestSigner, type SignedRequest } from '../src/signing.js'

interface SigningVector {
  readonly id: string
  readonly scheme: string
  readonly keyId: string
  readonly secret: string
  readonly environment: string
  readonly api: string
  readonly timestamp: string
  readonly escapedPaths: boolean
  readonly request: {
    readonly method: string
    readonly target: string
    readonly headers: readonly [name: string, value: string][]
    readonly bodyBase64: string
  }
  readonly signedHeaders: readonly string[]
  readonly expected: {
    readonly canonicalRequest: string
    readonly stringToSign: string
    readonly authorization: string
  }
}
interface VectorFile {
  readonly schemes: Readonly<Record<string, { readonly label: string; readonly headerLabel: string }>>
  readonly vectors: readonly SigningVector[]
}

const load = (kind: string): VectorFile =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../../../test-vectors/${kind}.json`), 'utf8'))

function sign({ schemes }: VectorFile, vector: SigningVector): SignedRequest {
  const { keyId, secret, environment, api, request } = vector
  const row = schemes[vector.scheme]!
  const scheme = createSigningScheme(row.label, row.headerLabel)
  const nonce = request.headers.find(([name]) => name.toLowerCase() === scheme.nonceHeader)?.[1]
  const own: readonly string[] = ['host', scheme.dateHeader, scheme.payloadHashHeader, scheme.nonceHeader]
  const signer = createRequestSigner({
    ...{ keyId, secret, environment, api, scheme },
    clock: () => parseTimestamp(vector.timestamp),
    ...(nonce === undefined ? {} : { nonce: () => nonce }),
  })
  const [path, query = ''] = request.target.split('?') as [string, string?]
  return signer.sign({
    ...{ method: request.method, path, query },
    authority: request.headers.find(([name]) => name.toLowerCase() === 'host')![1],
    headers: request.headers.filter(([name]) => !own.includes(name.toLowerCase())),
    body: Buffer.from(request.bodyBase64, 'base64'),
  })
}

/** Why the signer cannot make this vector's Authorization; `undefined` when it must. */
function foreignForm(
  { schemes }: VectorFile,
  { scheme, request, ...vector }: SigningVector,
): string | undefined {
  const { label, headerLabel } = schemes[scheme]!
  const { dateHeader, payloadHashHeader, nonceHeader } = createSigningScheme(label, headerLabel)
  const names = request.headers.map(([name]) => name.toLowerCase())
  if (vector.escapedPaths) return 'an escaped path'
  if (new Set(names).size !== names.length) return 'a repeated header'
  const always = ['host', dateHeader, payloadHashHeader, nonceHeader]
  if (!always.every(name => vector.signedHeaders.includes(name))) return 'fewer signed headers'
  const may = /^(?:content-(?:type|encoding|digest)|idempotency-key|x-(?:partner|amz|acme)-.*)$/
  if (!vector.signedHeaders.every(name => always.includes(name) || may.test(name)))
    return 'more signed headers'
  return undefined
}

const file = load('hmac-signing')
const own = file.vectors.filter(vector => foreignForm(file, vector) === undefined)

describe('files', () => {
  it('more than half of the vectors have the form that this package sends', () => {
    expect(own.length).toBeGreaterThan(file.vectors.length / 2)
  })
})

describe('hmac-signing', () => {
  it.each(own.map(vector => [vector.id, vector] as const))('%s', (_, vector) => {
    const signed = sign(file, vector)
    expect(signed.canonicalRequest).toBe(vector.expected.canonicalRequest)
    expect(signed.stringToSign).toBe(vector.expected.stringToSign)
    expect(signed.headers['authorization']).toBe(vector.expected.authorization)
  })
})

describe('hmac-signing-invalid', () => {
  const file = load('hmac-signing-invalid')
  // The signer writes time, hash and list itself: nobody can hand it a wrong one.
  const own = file.vectors.filter(({ id }) => !/^(?:time|hash|list)-/.test(id))
  it.each(own.map(vector => [vector.id, vector] as const))('%s is refused', (_, vector) => {
    const timed = { ...vector, timestamp: '20261121T233040Z' }
    const { code } = vector.expected as unknown as { code: string }
    // An unknown header is not signed, so its value is the transport's business; under the scheme's prefix it is.
    const headers = vector.request.headers.map(
      ([name, value]) => [name.replace(/^X-Note$/, 'X-Partner-Note'), value] as [string, string],
    )
    let thrown: unknown
    try {
      sign(file, { ...timed, request: { ...vector.request, headers } })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ name: 'ProtocolError', code })
  })
})

interface MessageSignatureVector {
  readonly id: string
  readonly flags: readonly string[]
  readonly key: string
  readonly request: SigningVector['request']
  readonly signatureInput: string
  readonly signature: string
  readonly expected: {
    readonly signatureBase: string
    readonly parameters: { readonly created: number; readonly expires: number; readonly nonce: string }
  }
}

describe('http-message-signatures', () => {
  const { keys, vectors } = load('http-message-signatures') as unknown as {
    keys: Readonly<Record<string, { algorithm: string; private: string }>>
    vectors: readonly MessageSignatureVector[]
  }
  const PREFIXES: Readonly<Record<string, string>> = {
    ed25519: '302e020100300506032b657004220420',
    // RFC 5915 in PKCS#8, without the public half.
    'ecdsa-p256-sha256': '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420',
  }
  const privateKeyOf = (name: string): KeyObject => {
    const { algorithm, private: secret } = keys[name]!
    const key = Buffer.from(PREFIXES[algorithm]! + secret, 'hex')
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  }
  const own = vectors.filter(({ flags }) => flags.includes('AsSdk'))

  it.each(own.map(vector => [vector.id, vector] as const))('%s', async (_, vector) => {
    const { request, expected, key } = vector
    const { created, expires, nonce } = expected.parameters
    const [path, query = ''] = request.target.split('?') as [string, string?]
    const headers = request.headers.map(([name, value]) => [name.toLowerCase(), value] as const)
    const authority = headers.find(([name]) => name === 'host')![1]
    const prepared = prepareMessageSignature(
      {
        ...{ method: request.method, origin: `https://${authority}`, authority, path, query },
        headers: headers.filter(([name]) => name !== 'host' && name !== 'content-digest'),
        body: Buffer.from(request.bodyBase64, 'base64'),
      },
      {
        ...{ keyId: key, tag: 'partner-orders-v1', nonce },
        ...{ lifetimeSeconds: expires - created, now: created * 1000 + 999 },
      },
    )
    expect(prepared.base).toBe(expected.signatureBase)
    const signer = createKeySigner(privateKeyOf(key))
    const signature = await signer.sign(Buffer.from(prepared.base))
    const sent = Object.fromEntries(prepared.headers(signature))
    expect(sent['signature-input']).toBe(vector.signatureInput)
    // A P-256 signature has a random part.
    if (signer.algorithm === 'ed25519') expect(sent['signature']).toBe(vector.signature)
    expect(sent['content-digest']).toBe(headers.find(([name]) => name === 'content-digest')?.[1])
  })
})

interface EventVector {
  readonly id: string
  readonly environment: string
  readonly event: OrderStatusEvent
  readonly expected: {
    readonly normalized?: unknown
    readonly json?: string
    readonly eventId?: string
    /** Of the wrong members, sorted; instead of all others. */
    readonly pointers?: readonly string[]
  }
}

describe('event-ids', () => {
  const file = load('event-ids') as unknown as { nowMs: number; vectors: readonly EventVector[] }
  it.each(file.vectors.map(vector => [vector.id, vector] as const))(
    '%s',
    (_, { environment, event, expected }) => {
      try {
        const normalized = normalizeEvent(event, { now: file.nowMs })
        expect(normalized).toEqual(expected.normalized)
        expect(JSON.stringify({ ...normalized, eventId: undefined })).toBe(expected.json)
        expect(createEventId(environment, normalized)).toBe(expected.eventId)
      } catch (error) {
        if (!(error instanceof OrderStatusError)) throw error
        expect(error.errors.map(({ pointer }) => pointer).sort()).toEqual(expected.pointers)
      }
    },
  )
})
