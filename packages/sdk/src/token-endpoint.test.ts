import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { clientCredentialsAuth } from './access-token-authenticator.js'
import type { ClientCredentialsAuthOptions } from './client-credentials-options.js'
import type { CredentialEvent } from './debug-event.js'
import type { PartnerError } from './errors.js'
import { type Answering, type Reply, startRecordingServer } from './testing/recording-server.js'

const SECRET = 'cs-canary-client-secret+1'
const TOKEN = 'cs-canary-token'
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(each => each.close()))
})

async function ask(
  answer: Reply | 'drop' | 'hang' | Answering,
  options: Partial<ClientCredentialsAuthOptions> = {},
) {
  const server = await startRecordingServer(typeof answer === 'function' ? answer : () => answer)
  open.push(server)
  const events: CredentialEvent[] = []
  const auth = clientCredentialsAuth({
    environment: 'sandbox',
    tokenEndpoint: `${server.url}/token`,
    allowHttpOnLoopback: true,
    clientId: 'a client',
    authentication: { method: 'client_secret_basic', clientSecret: SECRET },
    ...options,
  })
  const request = {
    method: 'GET',
    origin: 'http://api.test',
    authority: 'api.test',
    path: '/',
    query: '',
    headers: [],
  }
  const run = async () =>
    auth.authenticate(request, { now: Date.now(), onEvent: event => void events.push(event) })
  return { server, auth, events, run }
}

const token = (more: object = {}): Reply => ({
  body: { access_token: TOKEN, token_type: 'bearer', expires_in: 600, ...more },
})
const refusal = (status: number, error: string, headers = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ error, error_description: `no: ${SECRET}` }),
})

async function failureOf(
  answer: Parameters<typeof ask>[0],
  options?: Partial<ClientCredentialsAuthOptions>,
): Promise<PartnerError> {
  const { run } = await ask(answer, options)
  const error = await run().then(
    () => expect.unreachable(),
    (reason: PartnerError) => reason,
  )
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('cs-canary')
  return error
}

describe('the request', () => {
  it.each([
    ['rfc6749', 'a+client:cs%2Dcanary%2Dclient%2Dsecret%2B1'],
    ['raw', `a client:${SECRET}`],
  ] as const)('client_secret_basic with the encoding %s', async (basicEncoding, expected) => {
    const { server, run } = await ask(token(), {
      authentication: { method: 'client_secret_basic', clientSecret: SECRET, basicEncoding },
    })
    await run()
    const sent = server.requests[0]!.header('authorization')!
    expect(Buffer.from(sent.slice('Basic '.length), 'base64').toString()).toBe(expected)
  })

  it('carries scope, audience and resources', async () => {
    const { server, run } = await ask(token(), {
      scope: ['orders:read', 'orders:status:write'],
      audience: 'urn:orders',
      resource: ['https://a.test', 'https://b.test'],
    })
    await run()
    expect([...new URLSearchParams(server.requests[0]!.body.toString())]).toEqual([
      ['scope', 'orders:read orders:status:write'],
      ['audience', 'urn:orders'],
      ['resource', 'https://a.test'],
      ['resource', 'https://b.test'],
      ['grant_type', 'client_credentials'],
    ])
  })

  it('refuses a secret that OAuth cannot carry, and a scope that is two', async () => {
    for (const clientSecret of ['é', 'a\n', 'a\tb'])
      await expect(
        ask(token(), { authentication: { method: 'client_secret_post', clientSecret } }),
      ).rejects.toMatchObject({ code: 'secret_invalid' })
    await expect(ask(token(), { scope: ['a b'] })).rejects.toMatchObject({ code: 'option_invalid' })
    await expect(ask(token(), { clientId: '' })).rejects.toMatchObject({ code: 'option_invalid' })
  })
})

describe('the answer', () => {
  it('whose scope shrank is told, once', async () => {
    const { auth, events, run } = await ask(token({ scope: 'orders:read' }), {
      scope: ['orders:read', 'orders:status:write'],
    })
    await run()
    await auth.getAccessToken({ force: true })
    expect(events.filter(event => event.type === 'scope_reduced')).toEqual([
      { type: 'scope_reduced', missing: ['orders:status:write'] },
    ])
    expect((await auth.getAccessToken()).scope).toBe('orders:read')
  })

  it('without a lifetime counts 300 s, and that is told once', async () => {
    const { auth, events, run } = await ask(token({ expires_in: undefined }))
    await run()
    await auth.getAccessToken({ force: true })
    expect(events.filter(event => event.type === 'token_lifetime_unknown')).toHaveLength(1)
    expect(events.find(event => event.type === 'token_issued')).toMatchObject({ expiresInMs: 300_000 })
  })

  it('may write its lifetime as text', async () => {
    const { events, run } = await ask(token({ expires_in: '3600' }))
    await run()
    expect(events.find(event => event.type === 'token_issued')).toMatchObject({ expiresInMs: 3_600_000 })
  })

  it.each<[string, Reply, Partial<ClientCredentialsAuthOptions>?]>([
    ['a token with a line break', token({ access_token: 'a\r\nb' })],
    ['a token of another type', token({ token_type: 'mac' })],
    ['a bearer token where one bound to a key was asked for', token(), { dpop: true }],
    ['a lifetime of nothing', token({ expires_in: -1 })],
    ['no token', { body: { token_type: 'bearer' } }],
    ['HTML', { body: '<html>' }],
    ['a redirect', { status: 307, headers: { location: 'https://evil.example.com/' } }],
    ['404', { status: 404, body: 'not here' }],
  ])('%s is none', async (_, answer, options) => {
    expect(await failureOf(answer, options)).toMatchObject({
      name: 'ResponseError',
      code: 'token_response_invalid',
      retryable: false,
    })
  })

  it.each<[string, Reply, object]>([
    [
      '401 with a challenge',
      refusal(401, 'invalid_client', { 'www-authenticate': 'Basic realm="x"' }),
      { code: 'invalid_client', status: 401 },
    ],
    ['401 without', refusal(401, 'invalid_client'), { code: 'invalid_client', status: 401 }],
    ['400 of the scope', refusal(400, 'invalid_scope'), { code: 'invalid_scope', status: 400 }],
    ['400 of the grant', refusal(400, 'unauthorized_client'), { code: 'unauthorized_client', status: 400 }],
  ])('%s is final', async (_, answer, expected) => {
    expect(await failureOf(answer)).toMatchObject({
      name: 'AuthenticationError',
      retryable: false,
      ...expected,
    })
  })

  it.each<[string, Reply | 'drop' | 'hang', object]>([
    [
      '429 with Retry-After',
      refusal(429, 'slow_down', { 'retry-after': '7' }),
      { code: 'token_endpoint_unavailable', retryAfterMs: 7000 },
    ],
    ['502 of a proxy', { status: 502, body: '<html>' }, { code: 'token_endpoint_unavailable', status: 502 }],
    ['503 as OAuth says it', refusal(503, 'temporarily_unavailable'), { code: 'token_endpoint_unavailable' }],
    ['a lost connection', 'drop', { name: 'ConnectionError', code: 'connection_lost' }],
    ['no answer', 'hang', { name: 'ConnectionError', code: 'response_timeout' }],
  ])('%s passes', async (_, answer, expected) => {
    expect(await failureOf(answer, { timeoutMs: 200 })).toMatchObject({ retryable: true, ...expected })
  })

  it('a passing failure of the token endpoint is retried like one of the API', async () => {
    const { PartnerClient } = await import('./partner-client.js')
    const api = await startRecordingServer(() => ({ body: { partner: 'acme' } }))
    const { auth, server } = await ask((_, number) => (number < 3 ? { status: 503 } : token()))
    const retry = { baseDelayMs: 0, maxDelayMs: 0 }
    const client = new PartnerClient({ baseUrl: api.url, auth, retry, proxy: false })
    open.push(client, api)
    await client.whoami()
    expect([server.requests.length, api.requests.length]).toEqual([3, 1])
  })
})
