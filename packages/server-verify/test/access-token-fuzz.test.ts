// Whatever a token or a proof holds, signed by the right key or by nobody: never an outage, never let through.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { claims, createProof, createTokenLab, EC, push, signToken, thumbprint } from './access-token-lab.js'

const RUNS = { numRuns: 300 }
const lab = createTokenLab()
const anyJson = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('', 0, -1, 1e308, null, [], {}, '\0', '__proto__', 'constructor', '\ud800'),
)
const refused = async (authorization: string, headers: readonly string[] = []): Promise<void> => {
  const { status, code } = await lab.answer(push(authorization, headers))
  expect(`${status} ${code}`).toMatch(/^(400|401|409|431) /)
}

test('any text after the scheme', async () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[A-Za-z0-9_.-]{0,200}$/),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('Bearer', 'DPoP', 'bearer\t', 'DPoP  '), text, async (scheme, token) => {
      await refused(`${scheme} ${token}`)
    }),
    RUNS,
  )
})

test('any three parts of JSON', async () => {
  const part = anyJson.map(value => Buffer.from(JSON.stringify(value)).toString('base64url'))
  await fc.assert(
    fc.asyncProperty(part, part, fc.base64String(), async (header, payload, signature) => {
      await refused(`Bearer ${header}.${payload}.${signature}`)
    }),
    RUNS,
  )
})

test('any value in any claim, signed by the issuer: refused, or it says who it is', async () => {
  const name = fc.constantFrom(...Object.keys(claims()), 'nbf', 'cnf')
  await fc.assert(
    fc.asyncProperty(name, anyJson, async (claim, value) => {
      const { status, caller } = await lab.answer(
        push(`Bearer ${await signToken(claims({ [claim]: value }))}`),
        {
          scopes: [],
        },
      )
      if (status === 200) expect(caller?.partnerId).toBe('acme')
      else expect(status).toBe(401)
      // These decide whose token it is, and for whom.
      if (['iss', 'aud', 'sub'].includes(claim)) expect(status).toBe(401)
    }),
    RUNS,
  )
})

test('any payload, signed by the issuer', async () => {
  await fc.assert(
    fc.asyncProperty(anyJson, async value => refused(`Bearer ${await signToken(JSON.stringify(value))}`)),
    RUNS,
  )
})

test('any value in any member of a header, signed by the issuer', async () => {
  const name = fc.constantFrom(
    'kid',
    'typ',
    'crit',
    'jku',
    'jwk',
    'x5c',
    'cty',
    'zip',
    'b64',
    'enc',
    'toString',
  )
  const [, payload, signature] = (await signToken(claims())).split('.')
  await fc.assert(
    fc.asyncProperty(name, anyJson, async (member, value) => {
      const header = { alg: 'ES256', kid: 'ec-1', typ: 'at+jwt', [member]: value }
      // The signature was made for another header, so all of these must be refused.
      await refused(
        `Bearer ${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.${signature}`,
      )
    }),
    RUNS,
  )
})

test('any value in any claim or header member of a proof', async () => {
  const token = await signToken(claims({ cnf: { jkt: await thumbprint(EC) } }))
  const name = fc.constantFrom('jti', 'htm', 'htu', 'iat', 'ath', 'nonce')
  await fc.assert(
    fc.asyncProperty(name, anyJson, async (claim, value) => {
      const proof = await createProof(token, EC, { [claim]: value })
      const { status } = await lab.answer(push(`DPoP ${token}`, ['DPoP', proof]))
      if (claim === 'jti' || claim === 'nonce') expect([200, 401, 409]).toContain(status)
      else expect(status).toBe(401)
    }),
    RUNS,
  )
  await fc.assert(
    fc.asyncProperty(anyJson, async jwk => {
      await refused(`DPoP ${token}`, ['DPoP', await createProof(token, EC, {}, { jwk })])
    }),
    RUNS,
  )
})

test('any jwk that is nearly a key', async () => {
  const token = await signToken(claims({ cnf: { jkt: await thumbprint(EC) } }))
  const kty = fc.constantFrom('EC', 'RSA', 'OKP', 'oct', 'AKP', '')
  const text = fc.oneof(fc.base64String(), fc.constantFrom('AQAB', 'P-256', 'Ed25519', 'secp256k1'))
  await fc.assert(
    fc.asyncProperty(fc.record({ kty, crv: text, x: text, y: text, n: text, e: text }), async jwk => {
      await refused(`DPoP ${token}`, ['DPoP', await createProof(token, EC, {}, { jwk })])
    }),
    RUNS,
  )
})
