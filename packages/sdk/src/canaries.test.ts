// Every credential kind is driven through success, refusal, outage and abort while everything that can be looked at is
// collected: log lines at the lowest level, debug events, spans, errors with their causes, the objects themselves, what
// the process writes. None of it may hold a secret, a token, a signature, a proof or a key, whole or in part.
import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { formatApiKey } from '@countersign/protocol'
import * as openTelemetry from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterEach, expect, it, vi } from 'vitest'
import { clientCredentialsAuth } from './access-token-authenticator.js'
import { apiKeyAuth } from './api-key-authenticator.js'
import type { Authenticator } from './authenticator.js'
import type { ClientAuthentication } from './client-authentication.js'
import { hmacAuth } from './hmac-authenticator.js'
import { PartnerClient } from './partner-client.js'
import { Secret } from './secret.js'
import { type Answering, problem, startRecordingServer } from './testing/recording-server.js'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(open.splice(0).map(each => each.close()))
})

const SECRET = 'cs-canary-of-the-client-0123456789'
const API_KEY = formatApiKey({
  environment: 'live',
  keyId: 'demoAcmeKey1',
  secret: 'csCanaryApiKey'.padEnd(43, '7'),
})
const PEM = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string
const TOKEN = 'cs-canary-token-of-the-server'

/** A token endpoint that is at times out of order, and echoes what it was sent. */
const tokens: Answering = (request, number) =>
  number % 3 === 2
    ? {
        status: 400,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          error: 'invalid_scope',
          error_description: `${request.header('authorization')} ${request.body}`,
        }),
      }
    : {
        body: {
          access_token: `${TOKEN}-${number}`,
          token_type: request.header('dpop') === undefined ? 'bearer' : 'dpop',
          expires_in: 600,
          scope: 'less',
        },
      }

/** An API that answers in every way, and echoes the credential where a careless server would. */
const api: Answering = (request, number) => {
  const echo = `${request.header('authorization')} ${request.header('x-api-key')}`
  switch (number % 6) {
    case 1:
      return { body: { partner: 'acme' } }
    case 2:
      return { status: 503, body: echo }
    case 3:
      return {
        ...problem(401, 'invalid_token'),
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      }
    case 4:
      return 'drop'
    case 5:
      return { status: 307, headers: { location: 'https://elsewhere.example.com/' } }
    default:
      return problem(422, 'event_id_reused', {
        detail: echo,
        errors: [{ pointer: '/a', code: 'b', detail: echo }],
      })
  }
}

const oauth = (tokenEndpoint: string, authentication: ClientAuthentication, dpop?: boolean): Authenticator =>
  clientCredentialsAuth({
    environment: 'live',
    tokenEndpoint,
    allowHttpOnLoopback: true,
    clientId: 'acme',
    authentication,
    dpop,
    scope: ['more'],
    clock: { wall: Date.now, monotonic: () => performance.now(), wait: async () => {} },
  })

it.each<[string, (tokenEndpoint: string) => Authenticator]>([
  ['hmac', () => hmacAuth({ keyId: 'demo_acme_key1', secret: SECRET, environment: 'live', api: 'orders' })],
  [
    'hmac from a function',
    () =>
      hmacAuth({
        keyId: 'demo_acme_key1',
        secret: async () => new Secret(SECRET),
        environment: 'live',
        api: 'orders',
      }),
  ],
  ['api key', () => apiKeyAuth({ apiKey: API_KEY, environment: 'live' })],
  ['client_secret_basic', url => oauth(url, { method: 'client_secret_basic', clientSecret: SECRET })],
  [
    'client_secret_post',
    url => oauth(url, { method: 'client_secret_post', clientSecret: async () => SECRET }),
  ],
  ['private_key_jwt', url => oauth(url, { method: 'private_key_jwt', privateKey: PEM })],
  ['dpop', url => oauth(url, { method: 'client_secret_post', clientSecret: SECRET }, true)],
])('%s: nothing that can be looked at shows it', async (_, makeAuth) => {
  const seen: unknown[] = []
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation(chunk => seen.push(String(chunk)) > 0)
  vi.spyOn(process, 'emitWarning').mockImplementation((...args) => void seen.push(args))
  const line = (...parts: unknown[]): void => void seen.push(parts)
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const [server, issuer] = [await startRecordingServer(api), await startRecordingServer(tokens)]
  const auth = makeAuth(`${issuer.url}/token`)
  const client = new PartnerClient({
    baseUrl: server.url,
    auth,
    proxy: false,
    retry: { baseDelayMs: 0, maxDelayMs: 0, maxAttempts: 2 },
    circuitBreaker: { failures: 3, openMs: 1 },
    logger: { error: line, warn: line, info: line, debug: line },
    logLevel: 'debug',
    onDebug: line,
    openTelemetry: {
      ...openTelemetry,
      trace: { getTracer: name => provider.getTracer(name), setSpan: openTelemetry.trace.setSpan },
    },
  })
  open.push(client, server, issuer)
  for (let n = 0; n < 14; n++) {
    const signal = n === 9 ? AbortSignal.abort() : undefined
    await client
      .whoami(signal)
      .then(line, error => line(error, error.stack, String(error), JSON.stringify(error)))
  }
  seen.push(client, auth, exporter.getFinishedSpans())

  const secret = [
    SECRET,
    API_KEY,
    TOKEN,
    btoa(`acme:${SECRET}`),
    ...PEM.split('\n').filter(text => text.length > 20 && !text.startsWith('-')),
  ]
  for (const { header, body } of [...server.requests, ...issuer.requests]) {
    secret.push(/Signature=([0-9a-f]{64})/.exec(header('authorization') ?? '')?.[1] ?? '')
    secret.push(header('dpop') ?? '', new URLSearchParams(body.toString()).get('client_assertion') ?? '')
  }
  vi.restoreAllMocks()
  const shown = inspect(seen, { depth: 30, showHidden: true, maxArrayLength: null, maxStringLength: null })
  expect(shown.length).toBeGreaterThan(5000)
  expect(server.requests.length).toBeGreaterThan(5)
  for (const canary of secret.filter(text => text !== '')) {
    expect(shown.includes(canary), `a canary of ${canary.length} characters is shown`).toBe(false)
    expect(shown.includes(encodeURIComponent(canary)), 'a canary is shown, encoded').toBe(false)
  }
})
