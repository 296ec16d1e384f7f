// The JWS vectors of Wycheproof against the readers that stand in front of jose: form, choice of the key, signature.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseCompactJws, verifyCompactJws } from '../src/tokens/compact-jws.js'
import { KeySet } from '../src/tokens/json-web-key-set.js'
import { JwtFault } from '../src/tokens/jwt-fault.js'
import { assertTokenAlgorithms } from '../src/tokens/token-algorithm.js'

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly jws: string | object
  readonly result: 'valid' | 'invalid'
}

interface Group {
  readonly comment: string
  readonly public?: Readonly<Record<string, unknown>>
  readonly private: Readonly<Record<string, unknown>>
  readonly tests: readonly Vector[]
}

const FILE = new URL(
  '../../../test-vectors/third-party/wycheproof/json_web_signature_test.json',
  import.meta.url,
)
const { numberOfTests, testGroups }: { numberOfTests: number; testGroups: readonly Group[] } = JSON.parse(
  readFileSync(FILE, 'utf8'),
)
// "valid", but the key's own `alg` says otherwise: PS384 signatures by a key for PS256, ES512 ones by "ES521".
const MISLABELLED = [346, 347, 350, 351]
const ALLOWED = assertTokenAlgorithms([
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const),
])

async function accepts(group: Group, jws: string): Promise<boolean> {
  try {
    const parsed = parseCompactJws(jws, { maxLength: 8192, canonicalEncoding: true })
    const { alg, kid } = parsed.header
    if (!ALLOWED.has(alg)) return false
    const key = KeySet.read({ keys: [group.public ?? group.private] }).find(kid, alg)
    if (key === undefined) return false
    await verifyCompactJws(parsed, key)
    return true
  } catch (error) {
    if (error instanceof JwtFault) return false
    throw error
  }
}

test('all 401 vectors are here', () => {
  expect(testGroups.flatMap(({ tests }) => tests)).toHaveLength(401)
  expect(numberOfTests).toBe(401)
})

describe.each(testGroups)('$comment', group => {
  const isSymmetric = group.private['kty'] === 'oct'
  test.each(group.tests)('$tcId $comment', async ({ tcId, jws, result }) => {
    if (typeof jws !== 'string') {
      // In JSON serialization, which nobody sends in a header.
      expect(await accepts(group, JSON.stringify(jws))).toBe(false)
      return
    }
    // An HMAC is never accepted, right or wrong: keys are public here.
    const expected = result === 'valid' && !isSymmetric && !MISLABELLED.includes(tcId)
    expect(await accepts(group, jws)).toBe(expected)
  })
})

test('enough of them are accepted', async () => {
  let accepted = 0
  for (const group of testGroups)
    for (const { jws } of group.tests) if (typeof jws === 'string' && (await accepts(group, jws))) accepted++
  expect(accepted).toBe(32)
})
