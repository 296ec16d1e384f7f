import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { UsageError } from './errors.js'
import { type HttpSignatureAuthOptions, httpSignatureAuth } from './http-signature-authenticator.js'
import type { OutgoingRequest } from './outgoing-request.js'
import { PartnerClient } from './partner-client.js'
import { Secret } from './secret.js'
import { startRecordingServer } from './testing/recording-server.js'

const NOW = Date.UTC(2026, 10, 21, 23, 30, 40, 999)
const CREATED = Math.floor(NOW / 1000)
const ed25519 = generateKeyPairSync('ed25519')
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const whose = { keyId: 'acme_2026_ed', environment: 'sandbox' }
const request: OutgoingRequest = {
  ...{ method: 'POST', origin: 'https://api.example.com', authority: 'api.example.com' },
  ...{ path: '/v1/orders/A-1001/statuses', query: 'dry=1' },
  headers: [
    ['accept', 'application/json'],
    ['content-type', 'application/json'],
    ['idempotency-key', 'k-1'],
    ['x-partner-note', ' n '],
  ],
  body: Buffer.from('{"status":"shipped"}'),
}

const cleanUps: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

/** From the text of spec/partner-signing.md §13, with node:crypto alone. */
function verifySigned(signed: OutgoingRequest, key: KeyObject): { input: string; base: string } {
  const get = (name: string): string => signed.headers.find(([other]) => other === name)![1]
  const [, input, list] = /^sig1=(\(([^)]*)\);.*)$/.exec(get('signature-input'))!
  const derived: Record<string, string> = {
    '@method': signed.method,
    '@authority': signed.authority,
    '@path': signed.path,
    '@query': `?${signed.query}`,
  }
  const names = list!.split(' ').map(quoted => quoted.slice(1, -1))
  const lines = names.map(name => `"${name}": ${derived[name] ?? get(name).trim()}\n`).join('')
  const base = `${lines}"@signature-params": ${input}`
  const signature = Buffer.from(/^sig1=:(.*):$/.exec(get('signature'))![1]!, 'base64')
  const verifies =
    key.asymmetricKeyType === 'ed25519'
      ? verify(null, Buffer.from(base), key, signature)
      : verify('sha256', Buffer.from(base), { key, dsaEncoding: 'ieee-p1363' }, signature)
  if (!verifies) throw new Error(`the signature does not verify. Base:\n${base}`)
  return { input: input!, base }
}

const sign = async (options: Partial<HttpSignatureAuthOptions>, given = request): Promise<OutgoingRequest> =>
  httpSignatureAuth({ ...whose, ...options }).authenticate(given, { now: NOW })
const codeOf = async (action: () => unknown): Promise<unknown> => {
  try {
    await action()
    return undefined
  } catch (error) {
    return (error as { code: unknown }).code
  }
}

describe('httpSignatureAuth', () => {
  it.each([
    ['Ed25519 PEM', ed25519.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), ed25519],
    ['Ed25519 JWK', ed25519.privateKey.export({ format: 'jwk' }), ed25519],
    ['P-256 KeyObject', p256.privateKey, p256],
    ['P-256 SEC 1 PEM', p256.privateKey.export({ format: 'pem', type: 'sec1' }).toString(), p256],
    ['a Secret', new Secret(p256.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()), p256],
  ])('signs all that must be signed, by %s', async (_, privateKey, pair) => {
    const signed = await sign({ privateKey })
    const { input, base } = verifySigned(signed, pair.publicKey)
    const digest = createHash('sha256').update(request.body!).digest('base64')
    expect(signed.headers).toContainEqual(['content-digest', `sha-256=:${digest}:`])
    expect(input).toMatch(
      new RegExp(
        `^\\("@method" "@authority" "@path" "@query" "content-type" "idempotency-key" "x-partner-note" "content-digest"\\);created=${CREATED};expires=${CREATED + 300};nonce="[0-9a-f]{32}";keyid="acme_2026_ed";tag="partner-orders-v1"$`,
      ),
    )
    expect(base).toContain('"x-partner-note": n\n')
    for (const pair of request.headers) expect(signed.headers).toContainEqual(pair)
  })

  it('signs a request without a body without a digest, each attempt anew', async () => {
    const get = { ...request, method: 'GET', query: '', headers: [], body: undefined }
    const [one, two] = await Promise.all([1, 2].map(() => sign({ privateKey: ed25519.privateKey }, get)))
    expect(one!.headers.map(([name]) => name)).toEqual(['signature-input', 'signature'])
    expect(verifySigned(one!, ed25519.publicKey).base).toContain('"@query": ?\n')
    expect(two!.headers).not.toEqual(one!.headers)
  })

  it('takes lifetime and tag', async () => {
    const signed = await sign({ privateKey: ed25519.privateKey, lifetimeSeconds: 60, tag: 'acme-v2' })
    expect(verifySigned(signed, ed25519.publicKey).input).toMatch(
      new RegExp(`;expires=${CREATED + 60};.*;tag="acme-v2"$`),
    )
  })

  it.each([
    [{ headers: [['signature', 'x']] }, 'header_invalid'],
    [{ headers: [['Content-Digest', 'x']] }, 'header_invalid'],
    [{ headers: [['authorization', 'x']] }, 'header_invalid'],
    [{ headers: [['accept', 'a']] }, 'component_not_covered'],
    [{ headers: [...request.headers, ['X-Partner-Note', 'b']] }, 'header_invalid'],
    [{ headers: [['content-type', 'a\tb']] }, 'header_invalid'],
    [{ path: '/a//b' }, 'target_not_canonical'],
    [{ query: 'b=1&a=1' }, 'query_not_canonical'],
    [{ method: 'A B' }, 'method_invalid'],
    [{ authority: 'A.example.com' }, 'header_invalid'],
  ])('refuses to sign what a verifier refuses: %j', async (change, code) => {
    const changed = { ...request, ...change } as OutgoingRequest
    expect(await codeOf(() => sign({ privateKey: ed25519.privateKey }, changed))).toBe(code)
  })

  it.each([
    [{}, 'option_invalid'],
    [
      { privateKey: ed25519.privateKey, signer: { algorithm: 'ed25519', sign: () => new Uint8Array() } },
      'option_invalid',
    ],
    [{ signer: { algorithm: 'rsa-pss-sha512', sign: () => new Uint8Array() } }, 'option_invalid'],
    [{ privateKey: ed25519.privateKey, lifetimeSeconds: 0 }, 'option_invalid'],
    [{ privateKey: ed25519.privateKey, lifetimeSeconds: 1.5 }, 'option_invalid'],
    [{ privateKey: ed25519.privateKey, keyId: 'x' }, 'key_id_invalid'],
    [{ privateKey: ed25519.publicKey }, 'private_key_invalid'],
    [{ privateKey: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey }, 'private_key_invalid'],
    [{ privateKey: 'canary-no-key' }, 'private_key_invalid'],
    [{ privateKey: { kty: 'OKP', crv: 'Ed25519', d: 'canary' } }, 'private_key_invalid'],
  ])('refuses the options %#', async (options, code) => {
    let thrown: unknown
    try {
      httpSignatureAuth({ ...whose, ...(options as Partial<HttpSignatureAuthOptions>) })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ code })
    expect(String((thrown as Error).stack) + String((thrown as Error).cause)).not.toContain('canary')
  })

  it('shows no key', () => {
    const auth = httpSignatureAuth({ ...whose, privateKey: ed25519.privateKey })
    expect(JSON.stringify(auth)).toBe('{"environment":"sandbox"}')
  })
})

describe('an external signer', () => {
  it('is another process, which makes its own key and never gives it out', async () => {
    const signer = startSignerProcess()
    cleanUps.push(() => signer.stop())
    const key = createPublicKey({
      key: Buffer.from(await signer.ask('public'), 'base64'),
      format: 'der',
      type: 'spki',
    })
    const server = await startRecordingServer(() => ({ body: { partner: 'acme' } }))
    cleanUps.push(() => server.close())
    const auth = httpSignatureAuth({
      ...whose,
      signer: {
        algorithm: 'ecdsa-p256-sha256',
        sign: async bytes => Buffer.from(await signer.ask(Buffer.from(bytes).toString('base64')), 'base64'),
      },
    })
    const client = new PartnerClient({ baseUrl: server.url, auth })
    cleanUps.push(() => client.close())
    // P-256 in DER has a varying length: several, so that each form is met.
    for (let i = 0; i < 20; i++) await client.request({ method: 'GET', path: `/v1/orders/A-${i}` })
    for (const arrived of server.requests) {
      const headers = ['signature-input', 'signature'].map(name => [name, arrived.header(name)!] as const)
      const authority = arrived.header('host')!
      verifySigned({ ...request, method: 'GET', authority, path: arrived.target, query: '', headers }, key)
    }
    expect(server.requests).toHaveLength(20)
  })

  it('is openssl', async ctx => {
    if (spawnSync('openssl', ['version']).status !== 0) {
      if (process.env['CI']) throw new Error('openssl is not installed')
      return ctx.skip('openssl is not installed')
    }
    const directory = mkdtempSync(join(tmpdir(), 'signer-'))
    cleanUps.push(() => rmSync(directory, { recursive: true }))
    const file = (name: string): string => join(directory, name)
    const run = (args: string[], input?: Uint8Array): Buffer => {
      const { status, stdout, stderr } = spawnSync('openssl', args, { input: input ?? '' })
      if (status !== 0) throw new Error(stderr.toString())
      return stdout
    }
    run(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file('key.pem')])
    run(['pkey', '-in', file('key.pem'), '-pubout', '-out', file('public.pem')])
    const signer = {
      algorithm: 'ecdsa-p256-sha256' as const,
      sign: (bytes: Uint8Array) => run(['dgst', '-sha256', '-sign', file('key.pem')], bytes),
    }
    verifySigned(await sign({ signer }), createPublicKey(readFileSync(file('public.pem'))))
  })

  it.each([
    ['fails', () => Promise.reject(new Error('canary'))],
    ['gives text', () => 'canary' as unknown as Uint8Array],
    ['gives too little', () => new Uint8Array(63)],
    ['gives half a DER', () => Buffer.from('3006020101020201', 'hex')],
    [
      'gives DER of large numbers',
      () => Buffer.from(`3044022101${'00'.repeat(32)}021101${'00'.repeat(16)}`, 'hex'),
    ],
  ])('that %s fails the request', async (_, signing) => {
    const signer = { algorithm: 'ecdsa-p256-sha256' as const, sign: signing as () => Promise<Uint8Array> }
    const error = await sign({ signer }).then(
      () => undefined,
      (thrown: UsageError) => thrown,
    )
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({ code: 'signing_failed' })
    expect(error!.cause).toBeUndefined()
    expect(error!.message).not.toContain('canary')
  })
})

const SIGNER_PROGRAM = `
const { generateKeyPairSync, sign } = require('node:crypto')
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
require('node:readline').createInterface({ input: process.stdin }).on('line', line => {
  const answer = line === 'public'
    ? publicKey.export({ format: 'der', type: 'spki' })
    : sign('sha256', Buffer.from(line, 'base64'), privateKey)
  process.stdout.write(answer.toString('base64') + '\\n')
})`

function startSignerProcess(): { ask(line: string): Promise<string>; stop(): Promise<void> } {
  const child: ChildProcess = spawn(process.execPath, ['-e', SIGNER_PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const answers: ((line: string) => void)[] = []
  createInterface({ input: child.stdout! }).on('line', line => answers.shift()?.(line))
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  return {
    ask: line =>
      new Promise(resolve => {
        answers.push(resolve)
        child.stdin!.write(`${line}\n`)
      }),
    stop() {
      child.stdin!.end()
      return ended
    },
  }
}
