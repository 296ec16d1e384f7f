import { createHash, createHmac } from 'node:crypto'
import { Sha256 } from '@aws-crypto/sha256-js'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import aws4 from 'aws4'
import { AwsClient } from 'aws4fetch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasProgram } from './required-program.js'
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
const eventFor = (signer: string): string =>
  JSON.stringify({
    eventId: `e2e-aws-signer-${signer}`,
    status: 'shipped',
    occurredAt: '2026-11-20T08:00:00Z',
  })

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

describe('signers of the AWS family, with the AWS row of labels', () => {
  it.each([
    ['sha256-js', Sha256],
    ['node-crypto', NodeSha256],
  ])('@smithy/signature-v4 with %s', async (name, sha256) => {
    const { host, hostname, port } = new URL(sandbox.ready.url)
    const { keyId, secret } = sandbox.ready.hmac
    const body = eventFor(`smithy-${name}`)
    const signer = new SignatureV4({
      credentials: { accessKeyId: keyId, secretAccessKey: secret },
      region: sandbox.ready.environment,
      service: sandbox.ready.api,
      sha256,
    })
    const signed = await signer.sign(
      new HttpRequest({
        method: 'POST',
        protocol: 'http:',
        hostname,
        port: Number(port),
        path,
        headers: { host, 'content-type': 'application/json' },
        body,
      }),
    )
    const answer = await fetch(sandbox.ready.url + path, { method: 'POST', headers: signed.headers, body })
    expect([answer.status, await answer.json()]).toEqual([202, expect.objectContaining({ orderId: 'AWS-1' })])
  })

  it('aws4', async () => {
    const { host } = new URL(sandbox.ready.url)
    const { keyId, secret } = sandbox.ready.hmac
    const body = eventFor('aws4')
    const signed = aws4.sign(
      {
        host,
        path,
        method: 'POST',
        body,
        region: sandbox.ready.environment,
        service: sandbox.ready.api,
        headers: { 'Content-Type': 'application/json' },
      },
      { accessKeyId: keyId, secretAccessKey: secret },
    )
    const headers = Object.entries(signed.headers ?? {}).map(
      ([name, value]) => [name, String(value)] as [string, string],
    )
    const answer = await fetch(sandbox.ready.url + signed.path, { method: 'POST', headers, body })
    expect([answer.status, await answer.json()]).toEqual([202, expect.objectContaining({ orderId: 'AWS-1' })])
  })

  it('aws4fetch', async () => {
    const { keyId, secret } = sandbox.ready.hmac
    const client = new AwsClient({
      accessKeyId: keyId,
      secretAccessKey: secret,
      region: sandbox.ready.environment,
      service: sandbox.ready.api,
      retries: 0,
    })
    const answer = await client.fetch(sandbox.ready.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: eventFor('aws4fetch'),
    })
    expect([answer.status, await answer.json()]).toEqual([202, expect.objectContaining({ orderId: 'AWS-1' })])
  })

  it.runIf(hasProgram('curl'))('curl --aws-sigv4 aws:amz', async () => {
    const { keyId, secret } = sandbox.ready.hmac
    const { stdout } = await runProgram('curl', [
      ...['--silent', '--aws-sigv4', 'aws:amz:sandbox:orders', '-u', `${keyId}:${secret}`],
      ...['--json', eventFor('curl-aws'), '--write-out', '\n%{http_code}', sandbox.ready.url + path],
    ])
    expect(stdout).toMatch(/\n202$/)
  })
})
