// Runs every vector that concerns this package and checks every step's value, then every file against its schema.
import { createHash, createHmac, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import * as signatures from '../src/http-message-signatures/index.js'
import * as protocol from '../src/index.js'

const directory = join(import.meta.dirname, '../../../test-vectors')
const read = (file: string): string => readFileSync(join(directory, file), 'utf8')

interface Refusal {
  readonly code: string
  readonly part: string
}
interface Vector<Expected> {
  readonly id: string
  readonly comment: string
  readonly result: 'valid' | 'invalid'
  readonly expected: Expected
}
interface VectorFile<V> {
  readonly vectorCount: number
  readonly schemes: Readonly<Record<string, protocol.SigningScheme & { readonly headerLabel: string }>>
  readonly vectors: readonly V[]
}
interface SigningInput {
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
    readonly headers: readonly protocol.HeaderPair[]
    readonly bodyBase64: string
  }
  readonly signedHeaders: readonly string[]
}
type Steps = protocol.RequestSignature & {
  readonly canonicalUri: string
  readonly canonicalQuery: string
  readonly canonicalHeaders: string
  readonly payloadHash: string
  readonly canonicalRequestSha256: string
  readonly signingKey: string
}

const load = <Input, Expected>(kind: string): VectorFile<Input & Vector<Expected>> =>
  JSON.parse(read(`${kind}.json`))

/** What a function gives, in the words of a vector: its value, or code and part of its error. */
function verdict(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof protocol.ProtocolError || error instanceof protocol.ApiKeyError)) throw error
    return { code: error.code, part: error.part }
  }
}

function signAllSteps(input: SigningInput, row: VectorFile<never>['schemes'][string]): Steps {
  const scheme = protocol.createSigningScheme(row.label, row.headerLabel)
  protocol.parseKeyId(input.keyId)
  const scope = protocol.parseCredentialScope(
    `${input.timestamp.slice(0, 8)}/${input.environment}/${input.api}/${scheme.terminator}`,
  )
  protocol.parseTimestamp(input.timestamp)
  const signedHeaders = protocol.parseSignedHeaders(input.signedHeaders.join(';'))
  const { path, query } = protocol.parseRequestTarget(input.request.target)
  const payloadHash = protocol.createPayloadHash(Buffer.from(input.request.bodyBase64, 'base64'))
  const { method, headers } = input.request
  const request = { method, path, query, headers, payloadHash }
  const hashHeader = headers.find(([name]) => name.toLowerCase() === scheme.payloadHashHeader)
  if (hashHeader !== undefined) expect(protocol.parsePayloadHash(hashHeader[1])).toBe(payloadHash)
  const { keyId, timestamp, escapedPaths } = input
  const signingKey = protocol.deriveSigningKey(scheme, input.secret, scope)
  const parameters = { scheme, keyId, scope, signingKey, timestamp, signedHeaders, escapedPaths }
  const signature = protocol.createRequestSignature(request, parameters)
  expect(protocol.createStringToSign(scheme, timestamp, scope, signature.canonicalRequest)).toBe(
    signature.stringToSign,
  )
  expect(protocol.createSignature(signingKey, signature.stringToSign)).toBe(signature.signature)
  expect(protocol.parseAuthorizationHeader(signature.authorization)).toEqual({
    ...{ algorithm: scheme.algorithm, keyId, scope, signedHeaders, signature: signature.signature },
  })
  return {
    canonicalUri: protocol.createCanonicalUri(path, { escapedPaths }),
    canonicalQuery: protocol.createCanonicalQuery(query),
    canonicalHeaders: protocol.createCanonicalHeaders(headers, signedHeaders),
    payloadHash,
    canonicalRequestSha256: signature.stringToSign.slice(-64),
    signingKey: Buffer.from(protocol.deriveSigningKeyBytes(scheme, input.secret, scope)).toString('hex'),
    ...signature,
  }
}

describe.each(['hmac-signing', 'hmac-signing-invalid'])('%s', kind => {
  const { schemes, vectors } = load<SigningInput, Steps | Refusal>(kind)
  it.each(vectors.map(vector => [vector.id, vector] as const))('%s', (_, vector) => {
    expect(verdict(() => signAllSteps(vector, schemes[vector.scheme]!))).toEqual(vector.expected)
  })
})

describe('schemes', () => {
  it.each(Object.entries(load('hmac-signing').schemes))('%s', (_, { headerLabel, ...row }) => {
    expect(protocol.createSigningScheme(row.label, headerLabel)).toEqual(row)
  })
})

describe('timestamps', () => {
  const { vectors } = load<{ text: string }, { epochSeconds: number } | Refusal>('timestamps')
  it.each(vectors.map(vector => [vector.id, vector] as const))('%s', (_, { text, result, expected }) => {
    expect(verdict(() => ({ epochSeconds: protocol.parseTimestamp(text) / 1000 }))).toEqual(expected)
    if (result === 'valid') expect(protocol.formatTimestamp(protocol.parseTimestamp(text))).toBe(text)
  })
})

describe('targets', () => {
  const { vectors } = load<{ target: string; escapedPaths: boolean }, Steps | Refusal>('targets')
  it.each(vectors.map(vector => [vector.id, vector] as const))('%s', (_, vector) => {
    const judged = verdict(() => {
      const { path, query } = protocol.parseRequestTarget(vector.target)
      const canonicalUri = protocol.createCanonicalUri(path, vector)
      return { path, query, canonicalUri, canonicalQuery: protocol.createCanonicalQuery(query) }
    })
    expect(judged).toEqual(vector.expected)
  })
})

describe('headers', () => {
  const { vectors } = load<{ headers: protocol.HeaderPair[]; signedHeaders: string }, Steps | Refusal>(
    'headers',
  )
  it.each(vectors.map(vector => [vector.id, vector] as const))(
    '%s',
    (_, { headers, signedHeaders, expected }) => {
      const judged = verdict(() => ({
        canonicalHeaders: protocol.createCanonicalHeaders(
          headers,
          protocol.parseSignedHeaders(signedHeaders),
        ),
      }))
      expect(judged).toEqual(expected)
    },
  )
})

describe('authorizations', () => {
  const { vectors } = load<{ value: string }, protocol.HmacAuthorization | Refusal>('authorizations')
  it.each(vectors.map(vector => [vector.id, vector] as const))('%s', (_, { value, expected }) => {
    expect(verdict(() => protocol.parseAuthorizationHeader(value))).toEqual(expected)
  })
})

describe('api-keys', () => {
  const { vectors } = load<{ text: string }, (protocol.ApiKey & { checksum: string }) | Refusal>('api-keys')
  it.each(vectors.map(vector => [vector.id, vector] as const))('%s', (_, { text, expected }) => {
    if ('code' in expected) {
      expect(verdict(() => protocol.parseApiKey(text))).toEqual(expected)
      return
    }
    const { checksum, ...key } = expected
    expect(protocol.parseApiKey(text)).toEqual(key)
    expect(protocol.formatApiKey(key)).toBe(text)
    expect(text.endsWith(checksum)).toBe(true)
  })
})

interface Delivery {
  readonly verifier?: { readonly api?: string }
  readonly request: {
    readonly method: string
    readonly target: string
    readonly authority?: string
    readonly rawHeaders: readonly string[]
    readonly bodyBase64: string
  }
}

// What a webhook's receiver computes. What it judges besides (host, time, copies) is the verifier's business, so only
// those are here whose answer follows from the signature: it fits, or it does not.
describe('webhooks', () => {
  const { schemes, vectors, ...file } = load<Delivery, { status: number; code?: string }>('webhooks')
  const { credentials, verifier } = file as unknown as {
    credentials: { keyId: string; api: string; state: string; environment: string; secret: string }[]
    verifier: { api: string; environment: string }
  }
  const row = schemes['partner']!
  const scheme = protocol.createSigningScheme(row.label, row.headerLabel)

  function fits({ verifier: { api = verifier.api } = {}, request }: Delivery): boolean {
    const headers = request.rawHeaders.flatMap((name, index, all): protocol.HeaderPair[] =>
      index % 2 === 0 ? [[name, all[index + 1]!]] : [],
    )
    if (request.authority !== undefined) headers.push(['host', request.authority])
    const headerOf = (wanted: string): string => headers.find(([name]) => name.toLowerCase() === wanted)![1]
    const presented = protocol.parseAuthorizationHeader(headerOf('authorization'))
    const { keyId, scope, signedHeaders } = presented
    const credential = credentials.find(
      known => known.keyId === keyId && known.api === api && known.environment === verifier.environment,
    )
    if (credential?.state !== 'active') return false
    expect(scope).toEqual({ ...scope, api, environment: verifier.environment, terminator: scheme.terminator })
    const { path, query } = protocol.parseRequestTarget(request.target)
    const payloadHash = protocol.createPayloadHash(Buffer.from(request.bodyBase64, 'base64'))
    const signingKey = protocol.deriveSigningKey(scheme, credential.secret, scope)
    const parameters = {
      scheme,
      keyId,
      scope,
      signingKey,
      timestamp: headerOf(scheme.dateHeader),
      signedHeaders,
    }
    const { signature } = protocol.createRequestSignature(
      { method: request.method, path, query, headers, payloadHash },
      parameters,
    )
    return signature === presented.signature
  }

  const own = vectors.filter(
    ({ expected }) => (expected.code ?? 'invalid_credentials') === 'invalid_credentials',
  )
  it.each(own.map(vector => [vector.id, vector] as const))('%s', (_, vector) => {
    expect(fits(vector)).toBe(vector.result === 'valid')
  })
})

interface MessageSignatureInput {
  readonly key: string
  readonly label: string
  readonly request: SigningInput['request']
  readonly signatureInput: string
  readonly signature: string
}
interface MessageSignatureSteps extends signatures.SignatureInput {
  readonly signatureBase: string
  readonly claimId: string
  readonly verifies: boolean
}
interface VectorKey {
  readonly algorithm: string
  readonly publicKey?: string
  readonly secretBase64?: string
}

describe('http-message-signatures', () => {
  const { vectors, ...file } = load<MessageSignatureInput, MessageSignatureSteps | Refusal>(
    'http-message-signatures',
  )
  const { keys } = file as unknown as { keys: Readonly<Record<string, VectorKey>> }

  function verifies({ algorithm, publicKey, secretBase64 }: VectorKey, base: string, signature: Uint8Array) {
    const bytes = Buffer.from(base, 'latin1')
    if (secretBase64 !== undefined)
      return createHmac('sha256', Buffer.from(secretBase64, 'base64'))
        .update(bytes)
        .digest()
        .equals(signature)
    const key = createPublicKey(publicKey!)
    if (algorithm === 'ed25519') return verify(null, bytes, key, signature)
    if (algorithm === 'ecdsa-p256-sha256')
      return verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
    return verify('sha512', bytes, { key, padding: 6, saltLength: 64 }, signature)
  }

  function allSteps(vector: MessageSignatureInput): MessageSignatureSteps {
    const { label, request, signatureInput, signature } = vector
    const member = signatures.parseSignatureInput(signatureInput).find(each => each.label === label)!
    const bytes = signatures.parseSignature(signature).get(label)!
    const { components, parameters } = signatures.parseSignatureParameters(member.text)
    const [path, query = ''] = request.target.split(/\?(.*)/s) as [string, string?]
    const authority = signatures.createFieldValue(request.headers, 'host')!
    const message = { method: request.method, authority, path, query, headers: request.headers }
    const signatureBase = signatures.createSignatureBase(message, components, member.text)
    const claimId = createHash('sha256').update(signatureBase).digest('hex').slice(0, 32)
    const tagged =
      member.tag === undefined
        ? undefined
        : signatures.findTaggedSignature(signatureInput, signature, member.tag)
    if (tagged !== undefined) expect(tagged).toMatchObject({ label, text: member.text })
    return {
      ...{ components, parameters, signatureBase, claimId },
      verifies: verifies(keys[vector.key]!, signatureBase, bytes),
    }
  }

  it.each(vectors.map(vector => [vector.id, vector] as const))('%s', (_, vector) => {
    const judged = verdict(() => allSteps(vector))
    expect(judged).toEqual(vector.expected)
  })
})

describe('files', () => {
  const manifest: { files: { file: string; schema: string; vectors: number; sha256: string }[] } = JSON.parse(
    read('manifest.json'),
  )
  const valid = (schema: string, data: unknown): unknown => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false })
    const validate = ajv.compile(JSON.parse(read(schema)))
    return validate(data) ? [] : validate.errors
  }
  it('manifest.json has the form of its schema', () => {
    expect(valid('schema/manifest.schema.json', manifest)).toEqual([])
  })
  it.each(manifest.files.map(entry => [entry.file, entry] as const))(
    '%s has the form of its schema',
    (_, entry) => {
      const text = read(entry.file)
      expect(valid(entry.schema, JSON.parse(text))).toEqual([])
      expect(createHash('sha256').update(text).digest('hex')).toBe(entry.sha256)
      const { vectors, vectorCount } = JSON.parse(text)
      expect([vectors.length, vectorCount]).toEqual([entry.vectors, entry.vectors])
    },
  )
  it('a vector with a field that its schema does not know is refused', () => {
    const file = JSON.parse(read('timestamps.json'))
    file.vectors[0].expcted = {}
    expect(valid('schema/timestamps.schema.json', file)).not.toEqual([])
  })
})
