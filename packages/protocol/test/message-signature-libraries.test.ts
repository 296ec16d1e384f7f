// Two libraries that share no code with this package sign and verify RFC 9421: what one side signs the other must verify,
// for any request. Where a library is known to be laxer than the specification, that is shown too.
import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { createSignature, SignatureError, verifySignature } from 'http-message-sig'
import { httpbis } from 'http-message-signatures'
import { describe, expect, it } from 'vitest'
import {
  createSignatureBase,
  DERIVED_COMPONENTS,
  findTaggedSignature,
  formatSignature,
  formatSignatureParameters,
  type MessageToSign,
  type SignatureAlgorithm,
} from '../src/http-message-signatures/index.js'
import { checkAsync, refusal, TOKEN_CHARACTERS, textOf, UNRESERVED_CHARACTERS } from './property.js'

const CREATED = 1_795_303_840
const TAG = 'partner-orders-v1'
const PAIRS: Readonly<Record<SignatureAlgorithm, { publicKey: KeyObject; privateKey: KeyObject }>> = {
  ed25519: generateKeyPairSync('ed25519'),
  'ecdsa-p256-sha256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
}
const ALGORITHMS = Object.keys(PAIRS) as SignatureAlgorithm[]

const signBytes = (algorithm: SignatureAlgorithm, bytes: Uint8Array): Buffer => {
  const key = PAIRS[algorithm].privateKey
  return algorithm === 'ed25519'
    ? sign(null, bytes, key)
    : sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
}
const verifyBytes = (algorithm: SignatureAlgorithm, bytes: Uint8Array, signature: Uint8Array): boolean => {
  const key = PAIRS[algorithm].publicKey
  return algorithm === 'ed25519'
    ? verify(null, bytes, key, signature)
    : verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

const segment = textOf(UNRESERVED_CHARACTERS, 1, 10).filter(text => text !== '.' && text !== '..')
const value = textOf('abc XYZ019,;="\'\\()%', 0, 20).map(text => text.trim())
const anyMessage: fc.Arbitrary<MessageToSign> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
  authority: fc.constantFrom(
    'api.example.com',
    'api.example.com:8443',
    '127.0.0.1:8787',
    'xn--bcher-kva.example',
  ),
  path: fc.array(segment, { minLength: 1, maxLength: 4 }).map(parts => `/${parts.join('/')}`),
  query: fc.option(
    fc.tuple(segment, segment).map(([name, text]) => `${name}=${text}`),
    { nil: '' },
  ),
  headers: fc
    .uniqueArray(
      fc.tuple(
        textOf(TOKEN_CHARACTERS, 1, 8).map(name => `x-${name}`),
        value,
      ),
      {
        selector: ([name]) => name,
        maxLength: 4,
      },
    )
    .map(pairs =>
      pairs.flatMap(([name, text], i) =>
        i === 0
          ? [
              [name, text],
              [name, 'again'],
            ]
          : [[name, text]],
      ),
    ),
}) as fc.Arbitrary<MessageToSign>

const componentsOf = ({ headers }: MessageToSign): string[] => [
  ...new Set([...DERIVED_COMPONENTS, ...headers.map(([name]) => name)]),
]
const parametersFor = (algorithm: SignatureAlgorithm) => ({
  ...{ created: CREATED, expires: CREATED + 300, nonce: 'a "nonce" \\ of ours', alg: algorithm },
  ...{ keyid: 'demo_acme_key', tag: TAG },
})
const urlOf = ({ authority, path, query }: MessageToSign): string =>
  `https://${authority}${path}${query === '' ? '' : `?${query}`}`

/** As this package signs. */
function signOurs(
  message: MessageToSign,
  algorithm: SignatureAlgorithm,
): { input: string; signature: string } {
  const components = componentsOf(message)
  const text = formatSignatureParameters({ components, parameters: parametersFor(algorithm) })
  const base = createSignatureBase(message, components, text)
  return {
    input: `sig1=${text}`,
    signature: formatSignature('sig1', signBytes(algorithm, Buffer.from(base, 'latin1'))),
  }
}

/** As this package verifies, given what a library sent. */
function verifiesOurs(
  message: MessageToSign,
  algorithm: SignatureAlgorithm,
  input: string,
  signature: string,
): boolean {
  const found = findTaggedSignature(input, signature, TAG)
  if (found === undefined) return false
  const base = createSignatureBase(message, found.components, found.text)
  return verifyBytes(algorithm, Buffer.from(base, 'latin1'), found.signature)
}

const describeForMessageSig = (
  message: MessageToSign,
  more: readonly (readonly [string, string])[] = [],
) => ({
  ...{ kind: 'request' as const, method: message.method, targetUri: urlOf(message) },
  requestTarget: message.query === '' ? message.path : `${message.path}?${message.query}`,
  fields: [['host', message.authority] as const, ...message.headers, ...more].map(([name, text]) => ({
    name,
    value: text,
  })),
})
const policy = {
  ...{ algorithms: ALGORITHMS, requiredComponents: [...DERIVED_COMPONENTS], now: CREATED },
  requiredParameters: ['created', 'expires', 'nonce', 'keyid', 'tag'],
}
const verifierOf = (algorithm: SignatureAlgorithm) => ({
  algorithm,
  verify: (bytes: Uint8Array, signature: Uint8Array) => verifyBytes(algorithm, bytes, signature),
})
const recordOf = (headers: MessageToSign['headers']): Record<string, string[]> => {
  const record: Record<string, string[]> = Object.create(null)
  for (const [name, text] of headers) (record[name] ??= []).push(text)
  return record
}

describe.each(ALGORITHMS)('%s', algorithm => {
  it('http-message-sig verifies what is signed here', async () => {
    await checkAsync(
      fc.asyncProperty(anyMessage, async message => {
        const { input, signature } = signOurs(message, algorithm)
        const fields = [['signature-input', input] as const, ['signature', signature] as const]
        const verified = await verifySignature(describeForMessageSig(message, fields), {
          policy,
          resolveVerifier: () => verifierOf(algorithm),
        })
        expect(verified.components.map(({ name }) => name)).toEqual(componentsOf(message))
      }),
      100,
    )
  })

  it('what http-message-sig signs is verified here', async () => {
    await checkAsync(
      fc.asyncProperty(anyMessage, async message => {
        const { signature, signatureInput } = await createSignature(describeForMessageSig(message), {
          ...{ label: 'theirs', components: componentsOf(message), parameters: parametersFor(algorithm) },
          signer: { algorithm, sign: bytes => signBytes(algorithm, bytes) },
        })
        expect(verifiesOurs(message, algorithm, signatureInput, signature)).toBe(true)
        const changed = { ...message, path: `${message.path}x` }
        expect(verifiesOurs(changed, algorithm, signatureInput, signature)).toBe(false)
      }),
      100,
    )
  })

  it('http-message-signatures verifies what is signed here', async () => {
    await checkAsync(
      fc.asyncProperty(anyMessage, async message => {
        const { input, signature } = signOurs(message, algorithm)
        const headers = { ...recordOf(message.headers), 'signature-input': input, signature }
        const verified = await httpbis.verifyMessage(
          {
            notAfter: new Date((CREATED + 1) * 1000),
            tolerance: 10 ** 9,
            keyLookup: async () => ({
              algs: [algorithm],
              verify: async (bytes, given) => verifyBytes(algorithm, bytes, given),
            }),
          },
          { method: message.method, url: urlOf(message), headers },
        )
        expect(verified).toBe(true)
      }),
      100,
    )
  })

  it('what http-message-signatures signs is verified here', async () => {
    await checkAsync(
      fc.asyncProperty(anyMessage, async message => {
        const { alg, keyid, nonce, tag } = parametersFor(algorithm)
        const signed = await httpbis.signMessage(
          {
            key: { id: keyid, alg, sign: async bytes => signBytes(algorithm, bytes) },
            ...{ name: 'sig9', fields: componentsOf(message) },
            params: ['created', 'expires', 'keyid', 'nonce', 'tag'],
            paramValues: {
              ...{ nonce, tag, keyid },
              ...{ created: new Date(CREATED * 1000), expires: new Date((CREATED + 300) * 1000) },
            },
          },
          { method: message.method, url: urlOf(message), headers: recordOf(message.headers) },
        )
        const field = (name: string): string =>
          String(Object.entries(signed.headers).find(([other]) => other.toLowerCase() === name)![1])
        expect(verifiesOurs(message, algorithm, field('signature-input'), field('signature'))).toBe(true)
      }),
      100,
    )
  })
})

describe('what is refused here', () => {
  const message: MessageToSign = {
    ...{ method: 'GET', authority: 'api.example.com', path: '/v1/whoami', query: '' },
    headers: [],
  }
  const ours = signOurs(message, 'ed25519')
  const judge = async (input: string, signature: string): Promise<string> => {
    try {
      const fields = [['signature-input', input] as const, ['signature', signature] as const]
      await verifySignature(describeForMessageSig(message, fields), {
        policy,
        resolveVerifier: () => verifierOf('ed25519'),
      })
      return 'accepted'
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error
      return error.code
    }
  }

  it.each([
    ['a component twice', ours.input.replace('("@method"', '("@method" "@method"'), 'DuplicateComponent'],
    ['a label twice', `${ours.input}, ${ours.input}`, 'DuplicateLabel'],
    ['@query-param', ours.input.replace('"@query"', '"@query-param";name="a"'), 'UnsupportedFeature'],
    ['sf', ours.input.replace('"@query"', '"@query";sf'), 'UnsupportedFeature'],
  ])('%s: http-message-sig agrees', async (_, input, code) => {
    expect(refusal(() => findTaggedSignature(input, ours.signature, TAG))?.code).toBe(
      'signature_input_invalid',
    )
    expect(await judge(input, ours.signature)).toBe(code)
  })

  it('a decimal that is whole, which http-message-sig takes', async () => {
    const components = [...DERIVED_COMPONENTS]
    const text = formatSignatureParameters({ components, parameters: parametersFor('ed25519') })
    const base = createSignatureBase(message, components, text)
    const signature = formatSignature('sig1', signBytes('ed25519', Buffer.from(base)))
    const input = `sig1=${text}`.replace(`created=${CREATED}`, `created=${CREATED}.0`)
    expect(await judge(input, signature)).toBe('accepted')
    expect(refusal(() => findTaggedSignature(input, signature, TAG))).toEqual({
      ...{ code: 'signature_input_invalid', part: 'form' },
    })
  })

  it('a forged signature beside a valid one of another key, which http-message-signatures takes', async () => {
    const attacker = generateKeyPairSync('ed25519')
    const forge = (keyid: string, label: string): [input: string, signature: string] => {
      const parameters = { ...parametersFor('ed25519'), keyid }
      const text = formatSignatureParameters({ components: [...DERIVED_COMPONENTS], parameters })
      const base = createSignatureBase(message, [...DERIVED_COMPONENTS], text)
      return [`${label}=${text}`, formatSignature(label, sign(null, Buffer.from(base), attacker.privateKey))]
    }
    const [victimInput, victimSignature] = forge('victim_key_1', 'a')
    const [ownInput, ownSignature] = forge('attacker_key_1', 'b')
    const [input, signature] = [`${victimInput}, ${ownInput}`, `${victimSignature}, ${ownSignature}`]
    const accepted = await httpbis.verifyMessage(
      {
        notAfter: new Date((CREATED + 1) * 1000),
        tolerance: 10 ** 9,
        keyLookup: async ({ keyid }) => ({
          algs: ['ed25519'],
          verify: async (bytes, given) =>
            verify(
              null,
              bytes,
              keyid === 'victim_key_1' ? PAIRS.ed25519.publicKey : attacker.publicKey,
              given,
            ),
        }),
      },
      { method: message.method, url: urlOf(message), headers: { 'signature-input': input, signature } },
    )
    expect(accepted).toBe(true)
    expect(refusal(() => findTaggedSignature(input, signature, TAG))).toEqual({
      ...{ code: 'signature_input_invalid', part: 'tag' },
    })
  })
})
