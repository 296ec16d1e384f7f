// The programs of examples/services, started as their readers start them, and a partner who pushes one status.
import { hmacAuth, PartnerClient, type PartnerResponse } from '@countersign/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { type RunningNginx, startNginx } from '../packages/server-verify/test/gateway/running-nginx.js'
import { startExampleService } from './example-service.js'
import { hasProgram } from './required-program.js'

const SECRET = 'a-secret-for-this-example-only'
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function push(port: number, secret: string = SECRET): Promise<PartnerResponse> {
  const auth = hmacAuth({ keyId: 'acme_demo_1', secret, environment: 'sandbox', api: 'orders' })
  const client = new PartnerClient({ baseUrl: `http://127.0.0.1:${port}`, auth })
  closing.push(() => client.close())
  return client.request({ method: 'POST', path: '/v1/orders/A-1/statuses', body: { status: 'shipped' } })
}

async function expectVerifies(port: number): Promise<void> {
  const answer = await push(port)
  expect(answer.status).toBe(202)
  expect(answer.body).toMatchObject({ partner: 'acme', status: 'shipped' })
  await expect(push(port, 'another-secret')).rejects.toMatchObject({
    code: 'invalid_credentials',
    status: 401,
  })
  const unsigned = await fetch(`http://127.0.0.1:${port}/v1/orders/A-1/statuses`, {
    method: 'POST',
    body: '{}',
  })
  expect([unsigned.status, await unsigned.json()]).toMatchObject([401, { code: 'credentials_missing' }])
  const dotted = await fetch(`http://127.0.0.1:${port}/v1/orders/A%2F1/statuses`, { method: 'POST' })
  expect([dotted.status, await dotted.json()]).toMatchObject([400, { code: 'target_not_canonical' }])
}

describe('examples/services', () => {
  it.each(['express', 'fastify', 'hono'])('%s', async name => {
    const { ports, stop } = await startExampleService(name)
    closing.push(stop)
    await expectVerifies(ports[0]!)
  })

  it.runIf(hasProgram('nginx'))('nginx', async () => {
    const { ports, stop } = await startExampleService('nginx')
    closing.push(stop)
    const [upstream, check] = ports as [number, number]
    const nginx: RunningNginx = await startNginx({ check, upstream })
    closing.push(nginx.stop)
    await expectVerifies(nginx.port)
    const around = await fetch(`http://127.0.0.1:${upstream}/v1/orders/A-1/statuses`, { method: 'POST' })
    expect(around.status).toBe(401)
  })
})
