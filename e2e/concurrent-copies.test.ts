import { createRequestSigner } from '@countersign/sdk/signing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sendRaw } from './raw-http.js'
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

it('accepts one of two hundred concurrent copies of a signed request', async () => {
  const { url, hmac, environment, api } = sandbox.ready
  const signer = createRequestSigner({ ...hmac, environment, api })
  for (let round = 1; round <= 3; round++) {
    const body = JSON.stringify({
      eventId: `e2e-concurrent-${round}`,
      status: 'packed',
      occurredAt: '2026-11-20T08:00:00Z',
    })
    const target = `${url}/v1/orders/C-${round}/statuses`
    const signed = await signer.sign({
      method: 'POST',
      url: target,
      headers: { 'content-type': 'application/json' },
      body,
    })
    const lines = Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const hasHost = Object.keys(signed.headers).some(name => name.toLowerCase() === 'host')
    const head = `POST ${new URL(target).pathname} HTTP/1.1\r\n${hasHost ? '' : `host: ${new URL(url).host}\r\n`}${lines.join('')}content-length: ${body.length}\r\n\r\n`
    const bytes = Buffer.from(head + body, 'latin1')
    const answers = await Promise.all(Array.from({ length: 200 }, () => sendRaw(url, bytes)))
    const count = (status: number): number => answers.filter(answer => answer.status === status).length
    expect(
      [count(202), count(409)],
      answers.find(answer => ![202, 409].includes(answer.status))?.body,
    ).toEqual([1, 199])
  }
})
