import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { DependencyError } from '../errors.js'
import { createStaticKeySource, DEFAULT_JWKS_TIMES, JwksSource } from './jwks-source.js'

function createJwk(kid: string): Record<string, unknown> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }
}

const [A, B, C] = [createJwk('a'), createJwk('b'), createJwk('c')]

interface Lab {
  readonly clock: { now: number }
  readonly server: { keys: unknown[]; isDown: boolean; answer?: unknown }
  readonly source: JwksSource
  has(kid: string | undefined): Promise<boolean>
}

function createLab(): Lab {
  const clock = { now: 1_000_000_000 }
  const server: Lab['server'] = { keys: [A], isDown: false }
  const fetch = async (): Promise<unknown> => {
    await Promise.resolve()
    if (server.isDown) throw new Error('connect ECONNREFUSED')
    return server.answer ?? { keys: server.keys }
  }
  const source = new JwksSource('https://as.example', fetch, DEFAULT_JWKS_TIMES, () => clock.now)
  const has = async (kid: string | undefined): Promise<boolean> =>
    (await source.findKey(kid, 'ES256')) !== undefined
  return { clock, server, source, has }
}

test('one fetch serves all who ask at the same time, and those after', async () => {
  const { source, has } = createLab()
  expect(await Promise.all(Array.from({ length: 100 }, () => has('a')))).not.toContain(false)
  expect(await has('a')).toBe(true)
  expect(source.counts).toEqual({ fetches: 1, failures: 0 })
})

test('1,000 unknown key ids cause one fetch, at once and one after the other', async () => {
  const { clock, source, has } = createLab()
  await has('a')
  clock.now += 31_000
  const names = Array.from({ length: 1000 }, (_, i) => `random-${i}`)
  expect(await Promise.all(names.map(has))).not.toContain(true)
  for (const name of names) await has(`${name}-again`)
  expect(source.counts.fetches).toBe(2)
  expect(await has('a')).toBe(true)
})

test('1,000 unknown key ids as the very first requests cause one fetch', async () => {
  const { source, has } = createLab()
  await Promise.all(Array.from({ length: 1000 }, (_, i) => has(`random-${i}`)))
  expect(source.counts.fetches).toBe(1)
})

test('a key that is rotated in is found after the cool-down, during a flood too', async () => {
  const { clock, server, has } = createLab()
  expect(await has('a')).toBe(true)
  server.keys = [A, B]
  clock.now += 29_000
  expect(await has('b')).toBe(false)
  clock.now += 1000
  expect(await has('random')).toBe(false)
  expect(await has('b')).toBe(true)
})

test('an unknown key id is remembered for a minute', async () => {
  const { clock, source, has } = createLab()
  await has('a')
  clock.now += 30_000
  await has('x')
  clock.now += 31_000
  await has('x')
  expect(source.counts.fetches).toBe(2)
  clock.now += 29_000
  await has('x')
  expect(source.counts.fetches).toBe(3)
})

test('a key that is taken out is refused once the keys are old, without an outage', async () => {
  const { clock, server, has } = createLab()
  await has('a')
  server.keys = [B]
  clock.now += 299_000
  expect(await has('a')).toBe(true)
  clock.now += 301_000
  expect(await has('a')).toBe(false)
  expect(await has('b')).toBe(true)
})

test('from half their age on, keys are fetched behind the request', async () => {
  const { clock, server, source, has } = createLab()
  await has('a')
  server.keys = [B]
  clock.now += 300_000
  expect(await has('a')).toBe(true)
  await Promise.resolve()
  await new Promise(resolve => setImmediate(resolve))
  expect(source.counts.fetches).toBe(2)
  expect(await has('a')).toBe(false)
})

test('in an outage known keys serve up to the bound, then it is an outage; afterwards all is well', async () => {
  const { clock, server, source, has } = createLab()
  await has('a')
  server.isDown = true
  for (let second = 0; second < 3600; second += 50) {
    expect(await has('a')).toBe(true)
    clock.now += 50_000
  }
  await expect(has('a')).rejects.toMatchObject({ status: 503, code: 'dependency_unavailable', retryAfter: 5 })
  await expect(has('a')).rejects.toBeInstanceOf(DependencyError)
  expect(source.counts.failures).toBeLessThan(100)
  server.isDown = false
  clock.now += 5000
  expect(await has('a')).toBe(true)
})

test('in an outage an unknown key id is an outage and not an answer', async () => {
  const { clock, server, source, has } = createLab()
  await has('a')
  server.isDown = true
  clock.now += 30_000
  await expect(has('b')).rejects.toBeInstanceOf(DependencyError)
  await expect(has('b')).rejects.toBeInstanceOf(DependencyError)
  expect(source.counts).toEqual({ fetches: 2, failures: 1 })
  server.isDown = false
  server.keys = [A, B]
  clock.now += 5000
  expect(await has('b')).toBe(true)
})

test('a first fetch that fails is an outage, and is tried again soon', async () => {
  const { clock, server, source, has } = createLab()
  server.isDown = true
  await expect(has('a')).rejects.toBeInstanceOf(DependencyError)
  await expect(has('a')).rejects.toBeInstanceOf(DependencyError)
  expect(source.counts.fetches).toBe(1)
  server.isDown = false
  clock.now += 5000
  expect(await has('a')).toBe(true)
})

test.each([
  ['no object', []],
  ['no keys', {}],
  ['keys that are no list', { keys: {} }],
  ['101 keys', { keys: Array.from({ length: 101 }, () => A) }],
])('%s is an outage, not an empty set', async (_, answer) => {
  const { server, has } = createLab()
  server.answer = answer
  await expect(has('a')).rejects.toBeInstanceOf(DependencyError)
})

test('a clock that is set back makes keys be fetched again', async () => {
  const { clock, source, has } = createLab()
  await has('a')
  clock.now -= 86_400_000
  expect(await has('a')).toBe(true)
  expect(source.counts.fetches).toBe(2)
})

test('without a key id the only key that fits is taken', async () => {
  const { server, has } = createLab()
  expect(await has(undefined)).toBe(true)
  const two = createLab()
  two.server.keys = [A, C]
  expect(await two.has(undefined)).toBe(false)
  server.keys = []
})

test('keys that cannot verify are left out', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
  const unusable = [
    { ...privateKey.export({ format: 'jwk' }), kid: 'private' },
    { kty: 'oct', k: 'c2VjcmV0', kid: 'symmetric', alg: 'HS256' },
    { ...A, kid: 'encryption', use: 'enc' },
    { ...A, kid: 'signing-only', key_ops: ['sign'] },
    { ...A, kid: 'off-curve', x: A['y'], y: A['x'] },
    { ...small, kid: 'small' },
    null,
    'text',
    { ...A, kid: 7 },
    { ...A, alg: 7, kid: 'alg' },
  ]
  const source = createStaticKeySource({ keys: [A, ...unusable] })
  expect(source.findKey('a', 'ES256')).toBeDefined()
  expect(source.findKey('a', 'ES384')).toBeUndefined()
  expect(source.findKey('a', 'RS256')).toBeUndefined()
  expect(source.findKey('a', 'HS256')).toBeUndefined()
  for (const kid of ['private', 'symmetric', 'encryption', 'signing-only', 'off-curve', 'alg'])
    expect(source.findKey(kid, 'ES256'), kid).toBeUndefined()
  expect(source.findKey('small', 'RS256')).toBeUndefined()
  expect(() => createStaticKeySource({ keys: unusable.slice(0, 3) })).toThrow(TypeError)
})
