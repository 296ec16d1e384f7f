// The programs of examples/partner, started as their readers start them, against a sandbox that throttles, fails, and loses
// answers after it applied what was sent.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hmacAuth, PartnerClient } from '@countersign/sdk'
import { createWebhookSender, type WebhookDelivery } from '@countersign/server-verify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Finished, runProgram } from './run-program.js'
import { createTemporaryFolder, type SandboxProcess, startSandboxProcess } from './sandbox-process.js'

const root = join(import.meta.dirname, '..')
const examples = join(root, 'examples', 'partner')
const folder = createTemporaryFolder()
let sandbox: SandboxProcess
let client: PartnerClient

beforeAll(async () => {
  sandbox = await startSandboxProcess(folder.path, ['--chaos', '429=0.02,503=0.02,lost=0.03'])
  const { url, hmac, environment, api } = sandbox.ready
  client = new PartnerClient({ baseUrl: url, auth: hmacAuth({ ...hmac, environment, api }), proxy: false })
})
afterAll(async () => {
  await client?.close()
  await sandbox?.stop()
  folder.remove()
})

/** With the environment that the README's line makes, and nothing of the person at the machine. */
function runExample(name: string): Promise<Finished> {
  const script = 'eval "$(node "$1/sandbox-environment.js" "$2")" && exec node "$1/$3/main.js"'
  const args = ['-c', script, 'sh', examples, sandbox.readyFile, name]
  return runProgram('sh', args, { env: { PATH: process.env['PATH'] } })
}

async function readStatuses(orderId: string): Promise<string[]> {
  const statuses: string[] = []
  for await (const { status } of client.orders.history(orderId)) statuses.push(status)
  return statuses
}

/** What the table of the README says. */
function documentedLastLine(name: string): string | undefined {
  const readme = readFileSync(join(examples, 'README.md'), 'utf8')
  return new RegExp(`^\\| \\[${name}\\].*\\| \`([^\`]+)\`[^|]*\\|$`, 'm').exec(readme)?.[1]
}

function expectEnded(name: string, { code, stdout, stderr }: Finished): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(documentedLastLine(name))
}

describe('examples/partner', () => {
  it.each([
    ['single-push', ['P-SINGLE'], 'shipped'],
    ['private-key-jwt', ['P-JWT'], 'packed'],
    ['dpop', ['P-DPOP'], 'packed'],
    ['hsm-signer', ['P-HSM-1', 'P-HSM-2', 'P-HSM-3'], 'packed'],
    ['undici-interceptor', ['P-UNDICI'], 'shipped'],
  ])('%s', async (name, orderIds, status) => {
    expectEnded(name, await runExample(name))
    for (const orderId of orderIds) expect(await readStatuses(orderId)).toEqual([status])
  })

  it.each(['private-key-jwt', 'hsm-signer'])('%s with a key file', async name => {
    const { url, environment, oauth, httpSignature } = JSON.parse(readFileSync(sandbox.readyFile, 'utf8'))
    const isJwt = name === 'private-key-jwt'
    const keyFile = join(folder.path, `${name}.pem`)
    writeFileSync(keyFile, (isJwt ? oauth.assertion : httpSignature).privateKeyPem, { mode: 0o600 })
    const who = isJwt
      ? { PARTNER_ISSUER: oauth.issuer, PARTNER_CLIENT_ID: oauth.assertion.clientId }
      : { PARTNER_KEY_ID: httpSignature.keyId }
    const env = { PARTNER_BASE_URL: url, PARTNER_ENVIRONMENT: environment, PARTNER_PRIVATE_KEY_FILE: keyFile }
    const ended = await runProgram(process.execPath, [join(examples, name, 'main.js')], {
      env: { PATH: process.env['PATH'], ...env, ...who },
    })
    expectEnded(name, ended)
    expect(await readStatuses(isJwt ? 'P-JWT' : 'P-HSM-3')).toContain('packed')
  })

  it('bulk-from-database', async () => {
    const ended = await runExample('bulk-from-database')
    expectEnded('bulk-from-database', ended)
    expect(ended.stdout).toContain('row 1234: ')
    const orders = Array.from({ length: 100 }, (_, order) => order)
    const found = await Promise.all(orders.map(order => readStatuses(`P-BULK-${order}`)))
    const expected = orders.map(order => {
      const status = order % 2 === 0 ? 'in_transit' : 'customs'
      // Every order has 20 rows; row 1234 is wrong, and one of order 34's.
      return Array.from({ length: order === 34 ? 19 : 20 }, () => status)
    })
    expect(found).toEqual(expected)
  }, 60_000)

  it('webhook-receiver', async () => {
    const [keyId, secret] = ['hook_acme_1', 'a-secret-for-this-test-only']
    const env = {
      ...{ PATH: process.env['PATH'], PORT: '0', PARTNER_ENVIRONMENT: 'sandbox' },
      ...{ PARTNER_WEBHOOK_KEY_ID: keyId, PARTNER_WEBHOOK_SECRET: secret },
    }
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
    const child = spawn(process.execPath, [join(examples, 'webhook-receiver', 'main.js')], { env, stdio })
    const written = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => (written[name] += text))
    const ended = once(child, 'close')
    try {
      await Promise.race([once(child.stdout, 'data'), ended])
      const [url = `nowhere: ${written.stderr}`] = /http:\S+/.exec(written.stdout) ?? []
      const send = (signedWith: string): Promise<WebhookDelivery> =>
        createWebhookSender({
          credential: { keyId, secret: signedWith, environment: 'sandbox' },
          outbound: { unsafeAllowLoopback: true },
        }).send(`${url}/hooks`, { id: 'order.created.A-1', type: 'order.created', data: { orderId: 'A-1' } })
      expect(await send(secret)).toMatchObject({ delivered: true, status: 204 })
      expect(await send(secret)).toMatchObject({ delivered: true, status: 204 })
      expect(await send('another-secret')).toMatchObject({ delivered: false, status: 401 })
    } finally {
      child.kill('SIGTERM')
    }
    const [code] = (await ended) as [number | null]
    expectEnded('webhook-receiver', { code, ...written })
    // The same event twice is acted upon once.
    expect(written.stdout.match(/order\.created A-1/g)).toHaveLength(1)
  })

  it('unit-test-with-msw', async () => {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
    const args = [vitest, 'run', '--root', join(examples, 'unit-test-with-msw'), '--reporter', 'json']
    const { code, stdout } = await runProgram(process.execPath, args, {
      env: { PATH: process.env['PATH'], HOME: folder.path },
    })
    expect(code, stdout).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ success: true, numPassedTests: 4, numTotalTests: 4 })
  })
})
