// Libraries that sign for AWS, as they are, against the running sandbox: region = environment, service = api.
import { createHash, createHmac } from 'node:crypto'
import { Readable } from 'node:stream'
import { Sha256 } from '@aws-crypto/sha256-js'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import { createSignedFetcher } from 'aws-sigv4-fetch'
import aws4 from 'aws4'
import { AwsClient } from 'aws4fetch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasProgram, hasPythonModule, SYSTEM_PYTHON } from './required-program.js'
import { runProgram } from './run-program.js'
import { createTemporaryFolder, type SandboxProcess, startSandboxProcess } from './sandbox-process.js'

const folder = createTemporaryFolder()
let sandbox: SandboxProcess

beforeAll(async () => {
  sandbox = await startSandboxProcess(folder.path)
})
afterAll(async () => {
  await sandbox.stop()
  folder.remove()
})

const path = '/v1/orders/AWS-1/statuses'
const json = { 'content-type': 'application/json' }
const accepted = [202, expect.objectContaining({ orderId: 'AWS-1' })]
const listed = [200, expect.objectContaining({ orderId: 'AWS-1', events: expect.any(Array) })]
const eventFor = (signer: string): string =>
  JSON.stringify({
    eventId: `e2e-aws-signer-${signer}`,
    status: 'shipped',
    occurredAt: '2026-11-20T08:00:00Z',
  })
// A query of its own for each: without a nonce two equal reads in one second are one request, and the second gets 409.
let reads = 0
const nextLimit = (): string => String(++reads)
const read = async (answer: Response): Promise<[number, unknown]> => [answer.status, await answer.json()]

class NodeSha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string)
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
  reset(): void {}
}

interface Request {
  readonly method: string
  readonly query?: Record<string, string>
  readonly body?: unknown
}

describe('@smithy/signature-v4', () => {
  const createSigner = (sha256: typeof Sha256 | typeof NodeSha256, applyChecksum = true): SignatureV4 => {
    const { environment, api, hmac } = sandbox.ready
    const credentials = { accessKeyId: hmac.keyId, secretAccessKey: hmac.secret }
    return new SignatureV4({ credentials, region: environment, service: api, sha256, applyChecksum })
  }
  const createRequest = ({ method, query = {}, body }: Request): HttpRequest => {
    const { host, hostname, port } = new URL(sandbox.ready.url)
    const headers = { host, ...(body === undefined ? {} : json) }
    return new HttpRequest({
      ...{ method, protocol: 'http:', hostname, port: Number(port), path, query, headers, body },
    })
  }

  it.each([
    ['sha256-js', Sha256, true],
    ['node-crypto', NodeSha256, true],
    ['no-checksum-header', Sha256, false],
  ])('pushes with %s', async (name, sha256, applyChecksum) => {
    const body = eventFor(`smithy-${name}`)
    const signed = await createSigner(sha256, applyChecksum).sign(createRequest({ method: 'POST', body }))
    const answer = await fetch(sandbox.ready.url + path, { method: 'POST', headers: signed.headers, body })
    expect(await read(answer)).toEqual(accepted)
  })

  it('reads with a query', async () => {
    const limit = nextLimit()
    const { headers } = await createSigner(Sha256).sign(createRequest({ method: 'GET', query: { limit } }))
    const answer = await fetch(`${sandbox.ready.url}${path}?limit=${limit}`, { headers })
    expect(await read(answer)).toEqual(listed)
  })

  it('signs a stream as UNSIGNED-PAYLOAD, which is refused', async () => {
    const body = eventFor('smithy-stream')
    const signed = await createSigner(Sha256).sign(
      createRequest({ method: 'POST', body: Readable.from([body]) }),
    )
    const answer = await fetch(sandbox.ready.url + path, { method: 'POST', headers: signed.headers, body })
    expect(await read(answer)).toEqual([400, expect.objectContaining({ code: 'unsigned_payload' })])
  })

  it('presigns into the query, which is refused', async () => {
    const { query = {} } = await createSigner(Sha256).presign(createRequest({ method: 'GET' }))
    const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    const answer = await fetch(`${sandbox.ready.url}${path}?${pairs.sort().join('&')}`)
    expect(await read(answer)).toEqual([400, expect.objectContaining({ code: 'authorization_malformed' })])
  })
})

describe('aws4', () => {
  const send = async (request: aws4.Request): Promise<[number, unknown]> => {
    const { keyId, secret } = sandbox.ready.hmac
    const { host } = new URL(sandbox.ready.url)
    const scope = { region: sandbox.ready.environment, service: sandbox.ready.api }
    const signed = aws4.sign({ host, ...scope, ...request }, { accessKeyId: keyId, secretAccessKey: secret })
    const headers = Object.entries(signed.headers ?? {}).map(([name, value]) => [name, String(value)])
    const init = { headers: headers as [string, string][], method: signed.method ?? 'GET' }
    const body = request.body === undefined ? {} : { body: String(request.body) }
    return read(await fetch(sandbox.ready.url + signed.path, { ...init, ...body }))
  }

  it('pushes', async () => {
    expect(await send({ path, method: 'POST', body: eventFor('aws4'), headers: json })).toEqual(accepted)
  })

  it('reads with a query', async () => {
    expect(await send({ path: `${path}?limit=${nextLimit()}`, method: 'GET' })).toEqual(listed)
  })
})

describe.each([
  [
    'aws4fetch',
    (): typeof fetch => {
      const { environment, api, hmac } = sandbox.ready
      const credentials = { accessKeyId: hmac.keyId, secretAccessKey: hmac.secret }
      const client = new AwsClient({ ...credentials, region: environment, service: api, retries: 0 })
      return client.fetch.bind(client) as typeof fetch
    },
  ],
  [
    'aws-sigv4-fetch',
    (): typeof fetch => {
      const { environment, api, hmac } = sandbox.ready
      const credentials = { accessKeyId: hmac.keyId, secretAccessKey: hmac.secret }
      return createSignedFetcher({ credentials, region: environment, service: api })
    },
  ],
])('%s', (name, createFetch) => {
  it('pushes', async () => {
    const init = { method: 'POST', headers: json, body: eventFor(name) }
    expect(await read(await createFetch()(sandbox.ready.url + path, init))).toEqual(accepted)
  })

  it('reads with a query', async () => {
    expect(await read(await createFetch()(`${sandbox.ready.url}${path}?limit=${nextLimit()}`))).toEqual(
      listed,
    )
  })
})

describe.runIf(hasPythonModule('botocore'))('botocore', () => {
  const send = async (job: Record<string, unknown>): Promise<[number, unknown]> => {
    const { url, environment, api, hmac } = sandbox.ready
    const input = JSON.stringify({
      url: url + path,
      environment,
      api,
      ...hmac,
      headers: {},
      body: '',
      ...job,
    })
    const program = `${import.meta.dirname}/botocore_request.py`
    const { stdout, stderr } = await runProgram(SYSTEM_PYTHON, [program], { input })
    expect(stderr).toBe('')
    const answer = JSON.parse(stdout)
    return [answer.status, JSON.parse(answer.body)]
  }

  it('pushes', async () => {
    expect(await send({ method: 'POST', headers: json, body: eventFor('botocore') })).toEqual(accepted)
  })

  it('reads with a query', async () => {
    expect(await send({ method: 'GET', params: { limit: nextLimit() } })).toEqual(listed)
  })
})

describe.runIf(hasProgram('curl'))('curl --aws-sigv4 aws:amz', () => {
  it('pushes', async () => {
    const { keyId, secret } = sandbox.ready.hmac
    const { stdout } = await runProgram('curl', [
      ...['--silent', '--aws-sigv4', 'aws:amz:sandbox:orders', '-u', `${keyId}:${secret}`],
      ...['--json', eventFor('curl-aws'), '--write-out', '\n%{http_code}', sandbox.ready.url + path],
    ])
    expect(stdout).toMatch(/\n202$/)
  })
})
