import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { formatApiKey } from '@countersign/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { apiKeyAuth } from './api-key-authenticator.js'
import { PartnerClient } from './partner-client.js'
import type { SecretSource } from './secret.js'
import { secretFromEnvironment, secretFromFile, secretFromProcess } from './secret-providers.js'
import { problem, startRecordingServer } from './testing/recording-server.js'

const key = (letter: string, environment = 'live'): string =>
  formatApiKey({ environment, keyId: 'demoAcmeKey1', secret: letter.repeat(43) })
const OLD = key('a')
const NEW = key('b')
const open: { close(): Promise<void> }[] = []
const folder = mkdtempSync(join(tmpdir(), 'countersign-secrets-'))
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(open.splice(0).map(each => each.close()))
})

/** An API that knows one key at a time. */
async function connect(apiKey: SecretSource) {
  let good = OLD
  const server = await startRecordingServer(request =>
    request.header('x-api-key') === good
      ? { body: { partner: 'acme' } }
      : problem(401, 'invalid_credentials'),
  )
  const client = new PartnerClient({
    baseUrl: server.url,
    auth: apiKeyAuth({ apiKey, environment: 'live' }),
    proxy: false,
  })
  open.push(client, server)
  return { server, client, replace: () => void (good = NEW) }
}

describe('an API key', () => {
  it('goes along as X-API-Key, and never beside another credential', async () => {
    const { server, client } = await connect(OLD)
    await client.whoami()
    expect(server.requests[0]!.header('x-api-key')).toBe(OLD)
    expect(server.requests[0]!.header('authorization')).toBeUndefined()
    for (const name of ['Authorization', 'X-API-Key'])
      await expect(
        client.request({ method: 'GET', path: '/', headers: { [name]: 'x' } }),
      ).rejects.toMatchObject({ code: 'header_invalid' })
  })

  it.each([
    ['mistyped', `${OLD.slice(0, -1)}x`],
    ['of another environment', key('a', 'sandbox')],
    ['no key', 'cs-canary-secret'],
    ['empty', ''],
  ])('that is %s is refused before anything is sent, and not shown', async (_, apiKey) => {
    const make = (): unknown => apiKeyAuth({ apiKey, environment: 'live' })
    expect(make).toThrow(expect.objectContaining({ name: 'UsageError', code: 'secret_invalid' }))
    const { client, server } = await connect(async () => apiKey)
    const error: Error = await client.whoami().then(
      () => expect.unreachable(),
      (reason: Error) => reason,
    )
    expect(error).toMatchObject({ code: 'secret_invalid' })
    expect(inspect(error)).not.toContain('a'.repeat(43))
    expect(server.requests).toEqual([])
  })
})

describe('a key that is replaced while requests are under way: none fails', () => {
  const path = join(folder, 'key')

  it.each<[string, () => SecretSource, (text: string) => void]>([
    ['in a file', () => secretFromFile(path), text => writeFileSync(path, `${text}\n`)],
    [
      'in the environment',
      () => secretFromEnvironment('CS_TEST_KEY'),
      text => void vi.stubEnv('CS_TEST_KEY', text),
    ],
    ['behind a program', () => secretFromProcess('cat', [path]), text => writeFileSync(path, text)],
  ])('%s', async (_, makeSource, write) => {
    write(OLD)
    const { server, client, replace } = await connect(makeSource())
    for (let round = 0; round < 10; round++) {
      if (round === 5) {
        write(NEW)
        replace()
      }
      await Promise.all([client.whoami(), client.whoami(), client.whoami()])
    }
    expect(server.requests.filter(request => request.header('x-api-key') === NEW)).toHaveLength(15)
    expect(server.requests.length).toBeLessThanOrEqual(33)
  })
})

describe('a secret that cannot be had', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['file', secretFromFile(join(folder, 'none')), /none \(ENOENT\)/],
    ['variable', secretFromEnvironment('CS_TEST_NONE'), /CS_TEST_NONE is not set/],
    ['program', secretFromProcess('cs-no-such-program'), /cs-no-such-program.*ENOENT/],
    [
      'program that fails',
      secretFromProcess('sh', ['-c', 'echo cs-canary-stdout; echo cs-canary-stderr >&2; exit 3']),
      /exit code 3/,
    ],
    ['program that hangs', secretFromProcess('sleep', ['60'], { timeoutMs: 50 }), /within 50 ms/],
    ['program that is silent', secretFromProcess('true'), /printed nothing/],
  ])('says why: %s', async (_, provide, message) => {
    const error: Error = await provide().then(
      () => expect.unreachable(),
      (reason: Error) => reason,
    )
    expect(error).toMatchObject({ name: 'UsageError', code: 'secret_unavailable' })
    expect(error.message).toMatch(message)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('cs-canary-std')
  })
})

afterEach(() => rmSync(join(folder, 'key'), { force: true }))
