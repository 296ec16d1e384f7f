import { type Sandbox, startSandbox } from '@countersign/sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type InProcessResult, runInProcess } from './run-in-process.js'

let sandbox: Sandbox
let env: Record<string, string>

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0 })
  const { url, hmac } = sandbox.ready
  env = {
    PARTNER_CONFIG_DIR: '/nonexistent/partner-cli',
    PARTNER_BASE_URL: url,
    PARTNER_ENVIRONMENT: 'sandbox',
    PARTNER_KEY_ID: hmac.keyId,
    PARTNER_SECRET: hmac.secret,
  }
})

afterAll(() => sandbox.close())

function cli(...args: string[]): Promise<InProcessResult> {
  return runInProcess(args, { env })
}

test('events show: the receipt and the request that brought it', async () => {
  const pushed = JSON.parse((await cli('push-status', 'R-1', 'shipped', '--json')).stdout)
  const { eventId } = pushed.receipt
  const { stdout } = await cli('events', 'show', eventId, '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    event: { eventId, orderId: 'R-1', status: 'shipped' },
    receipt: { effect: 'applied' },
    credentialId: sandbox.ready.hmac.keyId,
    bodySha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect((await cli('events', 'show', eventId)).stdout).toMatch(/^order +R-1$/m)
  expect(await cli('events', 'show', 'x'.repeat(20))).toMatchObject({ exitCode: 3 })
  expect(await cli('events', 'show', 'short')).toMatchObject({ exitCode: 2 })
})

test('orders show --wait: until the status is there, an order that is not there yet included', async () => {
  const waiting = cli('orders', 'show', 'R-2', '--wait', 'delivered,returned', '--wait-for', '20s', '--json')
  await cli('push-status', 'R-2', 'shipped')
  await cli('push-status', 'R-2', 'delivered')
  const { exitCode, stdout } = await waiting
  expect([exitCode, JSON.parse(stdout).currentStatus]).toEqual([0, 'delivered'])
  const late = await cli('orders', 'show', 'R-2', '--wait', 'lost', '--wait-for', '100ms')
  expect(late).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('R-2 is delivered, not lost') })
  expect(await cli('orders', 'show', 'R-2', '--wait', 'deliverd')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Did you mean delivered?'),
  })
})

test('api: signed, printed as it came; to the platform only', async () => {
  expect(await cli('api', 'get', '/v1/whoami', '--query', 'partner')).toMatchObject({
    exitCode: 0,
    stdout: '"acme"\n',
  })
  const event = { status: 'packed', occurredAt: '2026-11-21T10:00:00Z', eventId: 'event-of-the-api-1' }
  const posted = await cli('api', 'POST', '/v1/orders/R-3/statuses', '-d', JSON.stringify(event), '-i')
  expect(posted.stdout).toMatch(/^HTTP 202\n[\s\S]*"effect": "applied"/)
  for (const path of ['https://other.example/', '//other.example/', 'v1/whoami'])
    expect(await cli('api', 'GET', path)).toMatchObject({ exitCode: 2, stdout: '' })
  expect(await cli('api', 'GET', '/v1/nothing')).toMatchObject({ exitCode: 3 })
})

test.each([
  ['ordres', "error: Unknown command 'ordres' (Did you mean orders?)"],
  ['auth imprt', "error: Unknown command 'imprt' (Did you mean import?)"],
  ['statuses --jsno', "error: Unknown option '--jsno' (Did you mean --json?)"],
])('%s: a typo is suggested', async (line, message) => {
  const { exitCode, stderr } = await cli(...line.split(' '))
  expect([exitCode, stderr.split('\n')[0]]).toEqual([2, message])
})
