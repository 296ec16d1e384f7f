// What §12 of spec/partner-signing.md says about curl, with the curl of this machine against the running sandbox.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasProgram } from './required-program.js'
import { runProgram } from './run-program.js'
import { createTemporaryFolder, type SandboxProcess, startSandboxProcess } from './sandbox-process.js'

const folder = createTemporaryFolder()
let sandbox: SandboxProcess
let version: number

beforeAll(async () => {
  sandbox = await startSandboxProcess(folder.path)
  const { stdout } = await runProgram('curl', ['--version'])
  const [major, minor] = /^curl ([0-9]+)\.([0-9]+)/.exec(stdout)!.slice(1)
  version = Number(major) * 1000 + Number(minor)
})
afterAll(async () => {
  await sandbox.stop()
  folder.remove()
})

const target = '/v1/orders/C-1/statuses'
const JSON_TYPE = ['-H', 'Content-Type: application/json']
const nonce = (): string[] => ['-H', `X-Partner-Nonce: ${randomBytes(16).toString('hex')}`]
let events = 0
const writeEvent = (indent?: number): string => {
  const file = join(folder.path, `event-${++events}.json`)
  const event = {
    eventId: `e2e-curl-version-${events}`,
    status: 'shipped',
    occurredAt: '2026-11-20T08:00:00Z',
  }
  writeFileSync(file, JSON.stringify(event, null, indent))
  return file
}

interface Answer {
  readonly status: number
  readonly code?: string
  readonly detail?: string
}

/** The credential comes by a configuration on standard input, as the spec recommends: not visible in `ps`. */
async function curl(args: readonly string[], path = target, label = 'partner:partner'): Promise<Answer> {
  const { keyId, secret } = sandbox.ready.hmac
  const { stdout, stderr } = await runProgram(
    'curl',
    [
      ...['--silent', '--show-error', '--globoff', '--config', '-', '--write-out', '\n%{http_code}'],
      ...['--aws-sigv4', `${label}:sandbox:orders`, ...args, sandbox.ready.url + path],
    ],
    { input: `user = "${keyId}:${secret}"\n` },
  )
  expect(stderr).toBe('')
  const at = stdout.lastIndexOf('\n')
  const { code, detail } = JSON.parse(stdout.slice(0, at))
  return { status: Number(stdout.slice(at + 1)), code, detail }
}

describe.runIf(hasProgram('curl'))('curl, as §12 tells to use it', () => {
  it('is of a version that signs headers and the port', () => expect(version).toBeGreaterThanOrEqual(7086))

  it.each(['partner:partner', 'aws:amz'])(
    'sends a body by --json, --data-binary and -d, with %s',
    async label => {
      for (const option of ['--json', '--data-binary', '-d'])
        expect(
          await curl([option, `@${writeEvent()}`, ...(option === '--json' ? [] : JSON_TYPE)], target, label),
        ).toMatchObject({ status: 202 })
    },
  )

  it('signs what -d makes of a file: its line feeds are gone', async () => {
    expect(await curl(['-d', `@${writeEvent(2)}`, ...JSON_TYPE])).toMatchObject({ status: 202 })
  })

  it('sends the same body twice in a second, told apart by the nonce', async () => {
    const file = writeEvent()
    const answers = [1, 2, 3].map(() => curl(['--json', `@${file}`, ...nonce()]))
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([202, 202, 202])
  })

  it.each(['-T', '-F'])('does not sign the body of %s: 400 body_not_signed', async option => {
    const value = option === '-F' ? `file=@${writeEvent()}` : writeEvent()
    expect(await curl(['-X', 'POST', option, value])).toMatchObject({ status: 400, code: 'body_not_signed' })
  })

  it('signs the body of -T when it is given the hash (from 7.87)', async () => {
    const event = writeEvent()
    const hash = `X-Partner-Content-Sha256: ${createHash('sha256').update(readFileSync(event)).digest('hex')}`
    const answer = await curl(['-X', 'POST', '-T', event, ...JSON_TYPE, '-H', hash])
    expect(answer).toMatchObject(version >= 7087 ? { status: 202 } : { status: 400 })
    // The hash is part of what is signed, and the server believes its own only.
    const wrong = `X-Partner-Content-Sha256: ${'0'.repeat(64)}`
    expect(await curl(['--json', `@${writeEvent()}`, '-H', wrong])).toMatchObject({
      status: version >= 7087 ? 401 : 400,
    })
  })

  it('reads with a query typed in the form of §4.2, also by -G', async () => {
    expect(await curl(nonce(), `${target}?limit=5`)).toMatchObject({ status: 200 })
    expect(await curl([...nonce(), '-G', '-d', 'limit=5'])).toMatchObject({ status: 200 })
  })

  // The sandbox knows no such parameters: 400 query_invalid is its own word, after the signature was verified.
  it.each([
    ['a=%20b&c=%2F', () => true],
    ['a=1&a1=2', () => version < 8003 || version >= 8014],
    ['a=%2B', () => version < 8014 || version >= 8019],
  ])('signs the query %s as the spec does, where §12 says so', async (query, agrees) => {
    const { status, code } = await curl(nonce(), `${target}?${query}`)
    // A version that does not agree is refused, or lucky with these names.
    if (agrees() || status !== 401) expect([status, code]).toEqual([400, 'query_invalid'])
    else expect(code).toBe('invalid_credentials')
  })

  it.each(['b=1&a=2', 'a', 'a=%2f', 'a=b+c', 'a=1&a=2'])(
    'is told that the query %s is not canonical',
    async query => {
      expect(await curl(nonce(), `${target}?${query}`)).toMatchObject({
        status: 400,
        code: 'query_not_canonical',
      })
    },
  )

  it('is told what is wrong with its labels', async () => {
    expect(await curl([], target, 'partner:amz')).toMatchObject({ status: 400, code: 'timestamp_invalid' })
    const date = ['-H', 'Date: Sun, 22 Nov 2026 08:00:00 GMT']
    const { status, code } = await curl(date)
    expect(status).toBe(400)
    expect(['authorization_malformed', 'credential_scope_invalid']).toContain(code)
  })
})
