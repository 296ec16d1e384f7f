// Every kind of credential of the ready file against every route of a partner, over real HTTP and real TLS. Whatever
// proves a request here is written out by hand with node:crypto.
import { createHash, createPrivateKey, randomBytes, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type RequestOptions, request as sendHttps } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDemoCertificate } from '../src/demo-certificate.js'
import { type ReadyFile, type Sandbox, startSandbox } from '../src/index.js'
import { newEvent } from './api-client.js'
import { signRequest } from './independent-signer.js'

interface Sending {
  readonly method: string
  readonly target: string
  readonly body: string
}
interface Proof {
  readonly headers: Readonly<Record<string, string>>
  readonly certificate?: ReadyFile['clientCertificate']
}
interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly challenge: string
}
type OAuth = NonNullable<ReadyFile['oauth']>
type Prove = (ready: ReadyFile, sending: Sending, host: string) => Proof | Promise<Proof>

const PROOFS: Readonly<Record<string, Prove>> = {
  hmac: (ready, sending, host) => ({ headers: signRequest(ready.hmac, { ...sending, host }) }),
  'api-key': ({ apiKey }) => ({ headers: { 'x-api-key': apiKey } }),
  'http-signature': ({ httpSignature }, sending, host) => ({
    headers: signMessage(httpSignature, sending, host),
  }),
  'access-token': async ({ oauth }) => ({
    headers: { authorization: `Bearer ${await getToken(oauth!)}` },
  }),
  'client-certificate': ({ clientCertificate }) => ({
    headers: {},
    certificate: clientCertificate,
  }),
}

let sandbox: Sandbox
let folder: string
let serverCertificate: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-tls-'))
  const { certificatePem, privateKeyPem } = await createDemoCertificate('localhost', Date.now())
  serverCertificate = certificatePem
  const [tlsCert, tlsKey] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(tlsCert, certificatePem)
  writeFileSync(tlsKey, privateKeyPem)
  sandbox = await startSandbox({ port: 0, tlsCert, tlsKey })
})
afterAll(async () => {
  await sandbox?.close()
  rmSync(folder, { recursive: true })
})

describe.each(Object.entries(PROOFS))('%s', (scheme, prove) => {
  it('opens every route of a partner', async () => {
    const order = `A-${scheme}`
    const event = newEvent()
    const { eventId } = event
    const answers = [
      await send(prove, 'POST', `/v1/orders/${order}/statuses`, event),
      await send(prove, 'POST', '/v1/order-statuses', { items: [{ ...newEvent(), orderId: order }] }),
      await send(prove, 'GET', `/v1/orders/${order}`),
      await send(prove, 'GET', `/v1/orders/${order}/statuses`),
      await send(prove, 'GET', `/v1/events/${eventId}`),
      await send(prove, 'GET', '/v1/whoami'),
    ]
    expect(answers.map(({ status }) => status)).toEqual([202, 200, 200, 200, 200, 200])
    expect(answers.at(-1)!.body).toMatchObject({ partner: 'acme', scheme, environment: 'sandbox' })
    expect(answers[2]!.body).toMatchObject({ orderId: order })
  })

  it('opens nothing once a word of it is wrong', async () => {
    const broken: Prove = (ready, sending, host) => prove(breakSecrets(ready), sending, host)
    const { status, body } = await send(broken, 'GET', '/v1/whoami')
    expect(status, JSON.stringify(body)).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
  })
})

it('nothing at all is 401 with everything that is offered', async () => {
  const none: Prove = () => ({ headers: {} })
  const { status, challenge } = await send(none, 'GET', '/v1/whoami')
  expect(status).toBe(401)
  for (const word of ['PARTNER4-HMAC-SHA256', 'AWS4-HMAC-SHA256', 'ApiKey', 'Bearer'])
    expect(challenge).toContain(word)
})

/** Well formed still, but of nobody. */
function breakSecrets(ready: ReadyFile): ReadyFile {
  const nobody = 'MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g'
  return {
    ...ready,
    hmac: { ...ready.hmac, secret: 'wrong' },
    apiKey: ready.apiKey.replace(/.{7}$/, '0000000'),
    httpSignature: {
      ...ready.httpSignature,
      privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${nobody}\n-----END PRIVATE KEY-----\n`,
    },
    oauth: { ...ready.oauth!, clientSecret: 'wrong' },
    clientCertificate: undefined,
  }
}

async function send(prove: Prove, method: string, target: string, json?: object): Promise<Answer> {
  const { host } = new URL(sandbox.ready.url)
  const body = json === undefined ? '' : JSON.stringify(json)
  const { headers, certificate } = await prove(sandbox.ready, { method, target, body }, host)
  return sendRaw(
    target,
    {
      ...{ method, headers: { host, ...headers } },
      ...(certificate && { cert: certificate.certificatePem, key: certificate.privateKeyPem }),
    },
    body,
  )
}

async function sendRaw(target: string, options: RequestOptions, body: string): Promise<Answer> {
  const trust = { agent: false, ca: serverCertificate, checkServerIdentity: () => undefined }
  const request = sendHttps(sandbox.ready.url + target, { ...trust, ...options })
  request.end(body)
  const [response] = await once(request, 'response')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  const challenge = String(response.headers['www-authenticate'] ?? '')
  return { status: response.statusCode, body: JSON.parse(text), challenge }
}

// RFC 6749 §4.4.
async function getToken({ clientId, clientSecret, scope, audience }: OAuth): Promise<string> {
  const headers = {
    authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  }
  const form = new URLSearchParams({ grant_type: 'client_credentials', scope, resource: audience })
  const { body } = await sendRaw('/oidc/token', { method: 'POST', headers }, form.toString())
  return String(body['access_token'])
}

// RFC 9421 as `spec/partner-signing.md` wants it, written out.
function signMessage(
  { keyId, privateKeyPem }: ReadyFile['httpSignature'],
  { method, target, body }: Sending,
  host: string,
): Record<string, string> {
  const [path, query = ''] = target.split('?')
  const created = Math.floor(Date.now() / 1000)
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const components: [string, string][] = [
    ['@method', method],
    ['@authority', host],
    ['@path', path!],
    ['@query', `?${query}`],
  ]
  const fields: Record<string, string> =
    body === '' ? {} : { 'content-digest': digest, 'content-type': 'application/json' }
  for (const field of Object.entries(fields)) components.push(field)
  const names = components.map(([name]) => `"${name}"`).join(' ')
  const nonce = randomBytes(16).toString('hex')
  const parameters = `(${names});created=${created};expires=${created + 60};nonce="${nonce}";keyid="${keyId}";tag="partner-orders-v1"`
  const lines = components.map(([name, value]) => `"${name}": ${value}`)
  const base = [...lines, `"@signature-params": ${parameters}`].join('\n')
  const signature = sign(null, Buffer.from(base), createPrivateKey(privateKeyPem)).toString('base64')
  return { ...fields, 'signature-input': `sig1=${parameters}`, signature: `sig1=:${signature}:` }
}
