// Signs as RFC 9421 and spec/partner-signing.md §13 say, from their text with node:crypto alone, so that the verifier is
// never tested against the code that it is built from.
import { createHash, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto'
import type { HttpSignatureCredential, IncomingRequest } from '../src/index.js'

export const SIGNED_AT: number = Date.UTC(2026, 10, 21, 23, 30, 40) / 1000
export const ED25519_KEY_ID = 'acme_2026_ed25519'
export const P256_KEY_ID = 'acme_2026_p256'
export const ED25519: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ed25519')
export const P256: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
})

export interface HttpSignParameters {
  readonly method?: string
  readonly target?: string
  readonly host?: string
  readonly headers?: readonly [string, string][]
  readonly body?: string
  readonly components?: readonly string[]
  /** Behind the list of components. */
  readonly parameters?: string
  readonly label?: string
  readonly key?: KeyObject
  readonly keyId?: string
  readonly nonce?: string
  readonly contentType?: string | undefined
  /** For what is to be signed although the request says otherwise. */
  readonly changeBase?: (base: string) => string
}

export const spki = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }).toString()

export const httpSignatureCredentials = (createdAt: number): readonly HttpSignatureCredential[] =>
  (
    [
      [ED25519_KEY_ID, 'ed25519', ED25519],
      [P256_KEY_ID, 'ecdsa-p256-sha256', P256],
    ] as const
  ).map(([keyId, algorithm, pair]) => ({
    ...{ kind: 'http-signature', keyId, algorithm, publicKey: spki(pair.publicKey), createdAt },
    ...{ partnerId: 'acme', environment: 'sandbox', state: 'active' },
    scopes: ['orders:status:write', 'orders:read'],
  }))

/** A request with one signature; headers and target are taken literally. */
export function signHttp(given: HttpSignParameters = {}): IncomingRequest {
  const method = given.method ?? 'POST'
  const target = given.target ?? '/v1/orders/A-1001/statuses'
  const body = Buffer.from(given.body ?? '{"status":"shipped"}')
  const key = given.key ?? ED25519.privateKey
  const keyId = given.keyId ?? (key === P256.privateKey ? P256_KEY_ID : ED25519_KEY_ID)
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const headers: [string, string][] = [
    ['Host', given.host ?? 'api.example.com'],
    ...(body.length === 0
      ? []
      : ([
          ['Content-Type', given.contentType ?? 'application/json'],
          ['Content-Digest', digest],
        ] as [string, string][])),
    ...(given.headers ?? []),
  ]
  const own = headers.slice(1).map(([name]) => name.toLowerCase())
  const components = given.components ?? ['@method', '@authority', '@path', '@query', ...new Set(own)]
  const parameters =
    given.parameters ??
    `;created=${SIGNED_AT};expires=${SIGNED_AT + 300};nonce="${given.nonce ?? '00112233445566778899aabbccddeeff'}";keyid="${keyId}";tag="partner-orders-v1"`
  const input = `(${components.map(name => `"${name}"`).join(' ')})${parameters}`
  const [path, query = ''] = target.split(/\?(.*)/s) as [string, string?]
  const readValue = (name: string): string => {
    if (name === '@method') return method
    if (name === '@authority') return headers[0]![1]
    if (name === '@path') return path
    if (name === '@query') return `?${query}`
    const values = headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value.trim())
    return values.join(', ')
  }
  const lines = components.map(name => `"${name}": ${readValue(name)}\n`).join('')
  const base = `${lines}"@signature-params": ${input}`
  const signature = signBase((given.changeBase ?? (text => text))(base), key)
  const label = given.label ?? 'sig1'
  const rawHeaders = [
    ...headers.flat(),
    ...['Signature-Input', `${label}=${input}`],
    ...['Signature', `${label}=:${signature.toString('base64')}:`],
  ]
  return { method, target, rawHeaders, body, peer: { address: '192.0.2.10' } }
}

export function signBase(base: string, key: KeyObject): Buffer {
  const bytes = Buffer.from(base, 'latin1')
  return key.asymmetricKeyType === 'ed25519'
    ? signBytes(null, bytes, key)
    : signBytes('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
}

/** The same request with the value of a header replaced; `undefined` removes it. */
export function withHeader(
  request: IncomingRequest,
  name: string,
  value: string | undefined,
): IncomingRequest {
  const pairs: [string, string][] = []
  for (let i = 0; i < request.rawHeaders.length; i += 2)
    pairs.push([request.rawHeaders[i]!, request.rawHeaders[i + 1]!])
  const rawHeaders = pairs.flatMap(([other, old]) => {
    if (other.toLowerCase() !== name.toLowerCase()) return [other, old]
    return value === undefined ? [] : [other, value]
  })
  return { ...request, rawHeaders }
}

export const headerOf = (request: IncomingRequest, name: string): string =>
  request.rawHeaders[request.rawHeaders.indexOf(name) + 1]!
