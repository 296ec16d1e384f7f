import { execFile, spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { Sha256 } from '@aws-crypto/sha256-js'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import aws4 from 'aws4'
import { AwsClient } from 'aws4fetch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../src/index.js'
import { ApiClient, newEvent } from './api-client.js'
import { expectSchema } from './response-checker.js'

let sandbox: Sandbox
let api: ApiClient
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0 })
  api = new ApiClient(sandbox.ready)
})
afterAll(async () => {
  api?.close()
  await sandbox?.close()
})

const target = '/v1/orders/A-1/statuses'

describe('signers that others wrote', () => {
  it.skipIf(!hasCurl())('curl --aws-sigv4, with the labels of both rows', async () => {
    const { url, hmac } = sandbox.ready
    for (const labels of ['partner:partner:sandbox:orders', 'aws:amz:sandbox:orders']) {
      // A secret on a command line is seen by all users of a machine; this one lives as long as the test.
      const { stdout } = await promisify(execFile)('curl', [
        ...['--silent', '--aws-sigv4', labels, '-u', `${hmac.keyId}:${hmac.secret}`],
        ...['--json', JSON.stringify(newEvent()), '--write-out', ' %{http_code}', url + target],
      ])
      expect(stdout).toMatch(/"replayed":false.* 202$/)
    }
  })

  it('@smithy/signature-v4', async () => {
    const { url, hmac } = sandbox.ready
    const { host, hostname, port } = new URL(url)
    const body = JSON.stringify(newEvent())
    const signer = new SignatureV4({
      credentials: { accessKeyId: hmac.keyId, secretAccessKey: hmac.secret },
      region: 'sandbox',
      service: 'orders',
      sha256: Sha256,
    })
    const request = { method: 'POST', protocol: 'http:', hostname, port: Number(port), path: target }
    const { headers } = await signer.sign(
      new HttpRequest({ ...request, headers: { host, 'content-type': 'application/json' }, body }),
    )
    expect((await api.sendSigned({ method: 'POST', target, body }, headers)).status).toBe(202)
  })

  it('aws4', async () => {
    const { url, hmac } = sandbox.ready
    const body = JSON.stringify(newEvent())
    const signed = aws4.sign(
      { host: new URL(url).host, path: target, method: 'POST', body, region: 'sandbox', service: 'orders' },
      { accessKeyId: hmac.keyId, secretAccessKey: hmac.secret },
    )
    const headers = Object.fromEntries(
      Object.entries(signed.headers ?? {}).map(([name, value]) => [name, String(value)]),
    )
    expect((await api.sendSigned({ method: 'POST', target, body }, headers)).status).toBe(202)
  })

  it('aws4fetch, which leaves content-type unsigned', async () => {
    const { url, hmac } = sandbox.ready
    const client = new AwsClient({
      accessKeyId: hmac.keyId,
      secretAccessKey: hmac.secret,
      region: 'sandbox',
      service: 'orders',
      retries: 0,
    })
    const body = JSON.stringify(newEvent())
    const signed = await client.sign(url + target, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/plain' },
    })
    const headers = { ...Object.fromEntries(signed.headers), host: new URL(url).host }
    expect((await api.sendSigned({ method: 'POST', target, body }, headers)).status).toBe(202)
  })
})

describe('one signed request', () => {
  it('is good for one use', async () => {
    const sending = { method: 'POST', target, body: newEvent() }
    const headers = api.sign(sending)
    expect((await api.sendSigned(sending, headers)).status).toBe(202)
    const copy = await api.sendSigned(sending, headers)
    expect([copy.status, copy.body]).toMatchObject([409, { code: 'request_replayed', retryable: true }])
  })

  it('wins once of two hundred concurrent copies', async () => {
    const event = newEvent()
    const sending = { method: 'POST', target: '/v1/orders/A-2/statuses', body: event }
    const headers = api.sign(sending)
    const answers = await Promise.all(Array.from({ length: 200 }, () => api.sendSigned(sending, headers)))
    const count = (status: number) => answers.filter(answer => answer.status === status).length
    expect([count(202), count(409)]).toEqual([1, 199])
    expect((await api.get('/v1/orders/A-2')).body['events']).toBe(1)
  })

  it('is refused when any byte of body, path, query or signed header was changed', async () => {
    const sending = { method: 'GET', target: '/v1/orders/A-1/statuses?limit=5', body: undefined }
    const push = { method: 'POST', target, body: JSON.stringify(newEvent()) }
    const flip = (text: string, index: number) => {
      const changed = text[index] === 'x' ? 'y' : 'x'
      return text.slice(0, index) + changed + text.slice(index + 1)
    }
    const refused = async (
      request: Parameters<ApiClient['sendSigned']>[0],
      headers: Record<string, string>,
    ) => {
      const answer = await api.sendSigned(request, headers)
      expect([400, 401, 421], `${request.target} ${JSON.stringify(headers)} ${answer.text}`).toContain(
        answer.status,
      )
    }
    for (let index = 0; index < push.body.length; index++)
      await refused({ ...push, body: flip(push.body, index) }, api.sign(push))
    for (let index = 1; index < sending.target.length; index++)
      await refused({ ...sending, target: flip(sending.target, index) }, api.sign(sending))
    for (const name of ['host', 'x-partner-date', 'x-partner-nonce', 'authorization']) {
      for (let index = 0; index < api.sign(push)[name]!.length; index += name === 'authorization' ? 7 : 1) {
        const headers = api.sign(push)
        await refused(push, { ...headers, [name]: flip(headers[name]!, index) })
      }
    }
    await refused({ ...push, method: 'PUT' }, api.sign(push))
  })

  it('gives the same 401 for an unknown key and a wrong secret', async () => {
    const { keyId, secret } = sandbox.ready.hmac
    const bodies: string[] = []
    for (const key of [
      { keyId, secret: `${secret}x` },
      { keyId: 'unknown_key_id', secret },
    ]) {
      const answer = await api.push('A-1', newEvent(), { key })
      expect([answer.status, answer.body['code']]).toEqual([401, 'invalid_credentials'])
      bodies.push(answer.text.replace(String(answer.headers['x-request-id']), ''))
    }
    expect(bodies[0]).toBe(bodies[1])
  })

  it('is refused unsigned, late, for another host, and too large', async () => {
    expect((await api.push('A-1', newEvent(), { key: null })).body['code']).toBe('credentials_missing')
    const late = await api.push('A-1', newEvent(), { now: new Date(Date.now() - 301_000) })
    expect([late.status, late.body['code']]).toEqual([401, 'clock_skew'])
    expect((await api.get('/v1/whoami', { key: null, unsigned: { host: 'evil.example' } })).status).toBe(421)
    const large = await api.send({ method: 'POST', target, body: 'x'.repeat(1_048_577) })
    expect([large.status, large.body['code']]).toEqual([413, 'body_too_large'])
    const headers = await api.get('/v1/whoami', { unsigned: { 'x-padding': 'x'.repeat(16_384) } })
    expect([headers.status, headers.body['code']]).toEqual([431, 'headers_too_large'])
  })

  it('explains a wrong signature when asked to', async () => {
    const key = { ...sandbox.ready.hmac, secret: 'not-the-secret' }
    const headers = { 'countersign-explain': '1' }
    const { body } = await api.push('A-1', newEvent(), { key, unsigned: headers })
    expect(body['explanation']!['canonicalRequest']).toContain('POST\n/v1/orders/A-1/statuses\n')
  })

  it('needs no particular path to be refused', async () => {
    for (const target of ['/v1/%ZZ', '/v1/orders/%2e%2e', '/v1//whoami', '/v1/orders/../whoami'])
      expect((await api.send({ target })).status).toBe(400)
  })
})

describe('a body', () => {
  const refused = async (body: string | Uint8Array, options: object = {}) => {
    const answer = await api.send({ method: 'POST', target, body, ...options })
    expect(answer).toMatchObject({ status: 400, body: { code: 'json_invalid', retryable: false } })
    return answer.body['errors']![0]
  }
  const { eventId, status, occurredAt } = newEvent()

  it('must be strict JSON', async () => {
    const event = `"eventId":"${eventId}","status":"${status}","occurredAt":"${occurredAt}"`
    expect(await refused(`{${event},"status":"lost"}`)).toMatchObject({
      pointer: '/status',
      code: 'duplicate_key',
    })
    expect(await refused(`{${event},"__proto__":{"x":1}}`)).toMatchObject({ code: 'forbidden_key' })
    expect(await refused(`{${event},"\\u005f_proto__":1}`)).toMatchObject({ code: 'forbidden_key' })
    expect(await refused(Buffer.from(`{${event},"note":"\xff"}`, 'latin1'))).toMatchObject({
      code: 'not_utf8',
    })
    expect(await refused(`\ufeff{${event}}`)).toMatchObject({ code: 'syntax' })
    expect(await refused('['.repeat(200_000))).toMatchObject({ code: 'too_deep' })
    expect(await refused('')).toMatchObject({ code: 'syntax' })
    expect(await refused(`{${event}} {}`)).toMatchObject({ code: 'syntax' })
  })

  it('is JSON whatever its Content-Type says, signed or not', async () => {
    for (const contentType of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'nonsense',
      '',
      undefined,
    ]) {
      const unsigned = contentType === undefined ? {} : { 'content-type': contentType }
      expect((await api.push('A-1', newEvent(), { unsigned })).status, contentType).toBe(202)
    }
    expect((await api.push('A-1', newEvent(), { headers: { 'content-type': 'text/html' } })).status).toBe(202)
  })
})

describe('bytes that are no request', () => {
  it.each([
    ['nonsense', 'HELO there\r\n\r\n', 400],
    [
      'two lengths',
      'POST /v1/whoami HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['headers without end', `GET /v1/whoami HTTP/1.1\r\nHost: x\r\nX-A: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
    ['no host', 'GET /v1/whoami HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['HTTP/1.0 without host', 'GET /v1/whoami HTTP/1.0\r\n\r\n', 400],
    ['an absolute target', 'GET http://x/v1/whoami HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
  ])('are answered with a problem: %s', async (_name, bytes, status) => {
    const { hostname, port } = new URL(sandbox.ready.url)
    const socket = connect(Number(port), hostname)
    socket.write(bytes)
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk)
    const [head = '', text = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1\\.[01] ${status} `))
    expectSchema('/components/schemas/Problem', JSON.parse(text), bytes)
  })
})

function hasCurl(): boolean {
  const { stdout, error } = spawnSync('curl', ['--version'], { encoding: 'utf8' })
  const [major = 0, minor = 0] =
    /^curl ([0-9]+)\.([0-9]+)/
      .exec(stdout ?? '')
      ?.slice(1)
      .map(Number) ?? []
  if (error === undefined && (major > 7 || (major === 7 && minor >= 86))) return true
  if (process.env['CI']) throw new Error('curl 7.86 or newer must be there in CI.')
  console.log('skipped the test with curl: there is no curl 7.86 or newer')
  return false
}
