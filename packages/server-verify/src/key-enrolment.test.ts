import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CredentialError } from './credential-error.js'
import { createEnrolmentChallenge, type EnrolmentProof, verifyEnrolment } from './key-enrolment.js'

const NOW = Date.UTC(2026, 10, 21, 23, 30, 40)
const spki = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }).toString()
const ed25519 = generateKeyPairSync('ed25519')
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const publicKey = spki(ed25519.publicKey)
const whose = { keyId: 'acme_2026_ed', partnerId: 'acme', environment: 'live' }
const challenge = createEnrolmentChallenge({ ...whose, publicKey, now: NOW, lifetimeSeconds: 60 })
const proof: EnrolmentProof = {
  ...{ challenge, publicKey, now: NOW },
  signature: sign(null, Buffer.from(challenge), ed25519.privateKey),
}

function refusal(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error
    return error.code
  }
}

describe('enrolment', () => {
  it('takes a key whose owner signed the challenge', () => {
    expect(verifyEnrolment(proof)).toMatchObject({ ...whose, algorithm: 'ed25519', publicKey })
  })

  it.each(['der', 'ieee-p1363'] as const)('takes a P-256 proof as %s', dsaEncoding => {
    const key = spki(p256.publicKey)
    const text = createEnrolmentChallenge({ ...whose, publicKey: key, now: NOW })
    const signature = sign('sha256', Buffer.from(text), { key: p256.privateKey, dsaEncoding })
    expect(
      verifyEnrolment({ challenge: text, publicKey: key, signature, now: NOW + 86_399_000 }),
    ).toMatchObject({
      algorithm: 'ecdsa-p256-sha256',
    })
  })

  it('is never a signature base of a request, and never twice the same', () => {
    expect(challenge).toMatch(/^countersign-key-enrolment-v1\nenvironment: live\npartner: acme\n/)
    expect(createEnrolmentChallenge({ ...whose, publicKey, now: NOW, lifetimeSeconds: 60 })).not.toBe(
      challenge,
    )
  })

  it.each([
    ['too late', { now: NOW + 60_000 }, 'challenge_expired'],
    ['a clock that is none', { now: Number.NaN }, 'challenge_expired'],
    ['another key', { publicKey: spki(generateKeyPairSync('ed25519').publicKey) }, 'challenge_invalid'],
    ['no signature', { signature: new Uint8Array() }, 'proof_invalid'],
    ['another signature', { signature: new Uint8Array(64) }, 'proof_invalid'],
    [
      'over the text without its end',
      { signature: sign(null, Buffer.from(challenge.trimEnd()), ed25519.privateKey) },
      'proof_invalid',
    ],
    [
      'a changed partner',
      { challenge: challenge.replace('partner: acme', 'partner: evil') },
      'proof_invalid',
    ],
    ['a changed key id', { challenge: challenge.replace('acme_2026_ed', 'evil_2026_ed') }, 'proof_invalid'],
    ['another domain', { challenge: challenge.replace('-v1', '-v2') }, 'challenge_invalid'],
    ['a line more', { challenge: `${challenge}more: 1\n` }, 'challenge_invalid'],
    ['nothing', { challenge: '' }, 'challenge_invalid'],
    ['a great deal', { challenge: 'a\n'.repeat(1_000_000) }, 'challenge_invalid'],
    ['a signature base', { challenge: '"@method": POST\n"@signature-params": ()' }, 'challenge_invalid'],
    ['no key', { publicKey: '' }, 'public_key_invalid'],
  ])('refuses %s', (_, change, code) => {
    expect(refusal(() => verifyEnrolment({ ...proof, ...change }))).toBe(code)
  })

  it.each([{ partnerId: 'a\nb' }, { partnerId: '' }, { environment: 'a: b' }, { lifetimeSeconds: 0 }])(
    'makes no challenge for %j',
    change => {
      expect(refusal(() => createEnrolmentChallenge({ ...whose, publicKey, ...change }))).toBe(
        'challenge_invalid',
      )
    },
  )

  it('takes what openssl signs', () => {
    const directory = mkdtempSync(join(tmpdir(), 'enrolment-'))
    const file = (name: string): string => join(directory, name)
    try {
      execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', file('private.pem')])
      execFileSync('openssl', ['pkey', '-in', file('private.pem'), '-pubout', '-out', file('public.pem')])
      const key = readFileSync(file('public.pem'), 'utf8')
      const text = createEnrolmentChallenge({ ...whose, publicKey: key })
      writeFileSync(file('challenge.txt'), text)
      const args = ['-sign', '-rawin', '-inkey', file('private.pem'), '-in', file('challenge.txt')]
      const signature = execFileSync('openssl', ['pkeyutl', ...args])
      expect(verifyEnrolment({ challenge: text, publicKey: key, signature }).publicKey).toBe(key)
    } catch (error) {
      if (process.env['CI'] || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      console.info('openssl is not installed: skipped')
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
