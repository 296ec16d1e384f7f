import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { CredentialError } from './credential-error.js'
import { parsePublicKey } from './public-key.js'

const pem = (der: Buffer): string =>
  `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`
const ed25519 = (point: string): string => pem(Buffer.from(`302a300506032b6570032100${point}`, 'hex'))
const p256 = (point: string): string =>
  pem(Buffer.from(`3059301306072a8648ce3d020106082a8648ce3d030107034200${point}`, 'hex'))
const made = (type: 'ed25519' | 'ec', options = {}): string =>
  generateKeyPairSync(type as 'ec', { namedCurve: 'P-256', ...options })
    .publicKey.export({ format: 'pem', type: 'spki' })
    .toString()

/** Little endian with the sign bit at the end, as RFC 8032 writes a point. From libsodium's list of small-order points. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]
const withSignBit = (point: string): string =>
  point.slice(0, 62) + (Number.parseInt(point.slice(62), 16) | 0x80).toString(16)

function refusal(text: string): { code: string; message: string } | undefined {
  try {
    parsePublicKey(text)
    return undefined
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error
    return { code: error.code, message: error.message }
  }
}

describe('parsePublicKey', () => {
  it('takes both kinds, however the PEM is wrapped, and writes them in one way', () => {
    for (const [algorithm, text] of [
      ['ed25519', made('ed25519')],
      ['ecdsa-p256-sha256', made('ec')],
    ] as const) {
      const read = parsePublicKey(text)
      expect(read.algorithm).toBe(algorithm)
      expect(read.pem).toBe(text)
      expect(read.key.type).toBe('public')
      const loose = `\n ${text.replaceAll('\n', '\r\n')} `
      expect(parsePublicKey(loose)).toMatchObject({ pem: text, fingerprint: read.fingerprint })
    }
  })

  it('has the fingerprint that openssl computes', () => {
    const text = made('ed25519')
    let der: Buffer
    try {
      der = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'DER'], { input: text })
    } catch (error) {
      if (process.env['CI'] || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      console.info('openssl is not installed: skipped')
      return
    }
    const digest = execFileSync('openssl', ['dgst', '-sha256', '-binary'], { input: der })
    expect(parsePublicKey(text).fingerprint).toBe(digest.toString('base64url'))
  })

  it.each([...SMALL_ORDER, ...SMALL_ORDER.map(withSignBit), 'f'.repeat(64)])(
    'refuses the Ed25519 point %s',
    point => expect(refusal(ed25519(point))?.code).toBe('public_key_invalid'),
  )

  it('because node:crypto would take signatures by them that nobody made', () => {
    // The identity as key, R = identity, S = 0 verifies for every message.
    const key = { key: Buffer.from(`302a300506032b6570032100${SMALL_ORDER[1]}`, 'hex') }
    const forged = Buffer.concat([Buffer.from(SMALL_ORDER[1]!, 'hex'), Buffer.alloc(32)])
    expect(
      verify(null, Buffer.from('anything'), { ...key, format: 'der', type: 'spki' } as never, forged),
    ).toBe(true)
  })

  it.each([
    ['a point beside the curve', p256(`04${'01'.repeat(64)}`)],
    ['0, 0', p256(`04${'00'.repeat(64)}`)],
    ['x and y above the prime', p256(`04${'ff'.repeat(64)}`)],
    [
      'the point at infinity',
      pem(Buffer.from('3019301306072a8648ce3d020106082a8648ce3d03010703020000', 'hex')),
    ],
    [
      'a compressed point',
      pem(
        Buffer.from(`3039301306072a8648ce3d020106082a8648ce3d030107032200${`02${'01'.repeat(32)}`}`, 'hex'),
      ),
    ],
    ['a hybrid point', p256(`06${'01'.repeat(64)}`)],
    ['P-384', made('ec', { namedCurve: 'P-384' })],
    ['secp256k1', made('ec', { namedCurve: 'secp256k1' })],
    ['explicit parameters', made('ec', { paramEncoding: 'explicit' })],
    ['bytes behind the key', `${ed25519(`${'09'.repeat(33)}`)}`],
    ['two keys', made('ed25519') + made('ed25519')],
    [
      'RSA',
      generateKeyPairSync('rsa', { modulusLength: 1024 })
        .publicKey.export({ format: 'pem', type: 'spki' })
        .toString(),
    ],
    ['nothing', ''],
    ['no PEM', 'ssh-ed25519 AAAAC3Nz'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
  ])('refuses %s', (_, text) => expect(refusal(text)?.code).toBe('public_key_invalid'))

  it('refuses a private key without showing it', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const text = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    const { code, message } = refusal(text)!
    expect(code).toBe('public_key_invalid')
    expect(message).toContain('private key')
    expect(message).not.toContain(text.split('\n')[1]!)
  })

  it('gives a key that verifies', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { key } = parsePublicKey(publicKey.export({ format: 'pem', type: 'spki' }).toString())
    const signature = sign('sha256', Buffer.from('x'), privateKey)
    expect(verify('sha256', Buffer.from('x'), key, signature)).toBe(true)
  })
})
