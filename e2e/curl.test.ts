import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendRaw } from './raw-http.js'
import { recordRequest } from './record-request.js'
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

let events = 0
const writeEvent = (): string => {
  const file = join(folder.path, `event-${++events}.json`)
  writeFileSync(
    file,
    JSON.stringify({
      eventId: `e2e-curl-event-${events}`,
      status: 'shipped',
      occurredAt: '2026-11-20T08:00:00Z',
    }),
  )
  return file
}

const signedCurl = (
  url: string,
  file: string,
  user: string,
  extra: readonly string[] = [],
): ReturnType<typeof runProgram> =>
  runProgram('curl', [
    ...['--silent', '--show-error', '--aws-sigv4', 'partner:partner:sandbox:orders', '-u', user],
    ...['--json', `@${file}`, '--write-out', '\n%{http_code}', ...extra, url],
  ])

describe.runIf(hasProgram('curl'))('a partner who only has curl', () => {
  const user = (): string => `${sandbox.ready.hmac.keyId}:${sandbox.ready.hmac.secret}`
  const target = '/v1/orders/A-1/statuses'

  it('pushes one status: 202', async () => {
    const { stdout } = await signedCurl(sandbox.ready.url + target, writeEvent(), user())
    expect(stdout).toMatch(/"effect":"applied".*\n202$/s)
  })

  // curl signs Host with the port it talks to, so the recorder pretends to be the sandbox: same Host, other socket.
  const record = async (file: string): Promise<Buffer> => {
    const { host, port } = new URL(sandbox.ready.url)
    return recordRequest(url =>
      signedCurl(sandbox.ready.url + target, file, user(), [
        '--connect-to',
        `${host}:127.0.0.1:${new URL(url).port || port}`,
      ]),
    )
  }

  it('gets 409 request_replayed for the same bytes a second time', async () => {
    const bytes = await record(writeEvent())
    expect((await sendRaw(sandbox.ready.url, bytes)).status).toBe(202)
    const second = await sendRaw(sandbox.ready.url, bytes)
    expect(second.status).toBe(409)
    expect(JSON.parse(second.body)).toMatchObject({ code: 'request_replayed', retryable: true })
  })

  it('is refused after any one byte of path, signed headers or body changed, and never with 2xx or 5xx', async () => {
    const bytes = await record(writeEvent())
    const head = bytes.indexOf('\r\n\r\n')
    const text = bytes.toString('latin1')
    const spans = [
      spanOf(text, /^POST (\S+) /),
      spanOf(text, /\r\nAuthorization: ([^\r]+)/i),
      spanOf(text, /\r\nX-Partner-Date: ([^\r]+)/i),
      spanOf(text, /\r\nContent-Type: ([^\r]+)/i),
      spanOf(text, /\r\nHost: ([^\r]+)/i),
      [head + 4, bytes.length] as const,
    ]
    const seen = new Map<number, number>()
    for (const [start, end] of spans) {
      for (let at = start; at < end; at++) {
        const mutated = Buffer.from(bytes)
        mutated[at] = mutated[at]! ^ 0x01
        const { status } = await sendRaw(sandbox.ready.url, mutated)
        seen.set(status, (seen.get(status) ?? 0) + 1)
        expect([400, 401, 421], `byte ${at} "${text.slice(Math.max(0, at - 10), at + 1)}"`).toContain(status)
      }
    }
    expect(seen.get(401)).toBeGreaterThan(100)
    expect((await sendRaw(sandbox.ready.url, bytes)).status, 'the untouched request is still good').toBe(202)
  })

  it('is refused after the query changed', async () => {
    const bytes = await record(writeEvent())
    const withQuery = Buffer.from(bytes.toString('latin1').replace(target, `${target}?a=1`), 'latin1')
    expect((await sendRaw(sandbox.ready.url, withQuery)).status).toBe(401)
  })

  it('gets the same 401 for a wrong secret and an unknown key, apart from the request id', async () => {
    const wrongSecret = await signedCurl(
      sandbox.ready.url + target,
      writeEvent(),
      `${sandbox.ready.hmac.keyId}:wrong`,
    )
    const unknownKey = await signedCurl(sandbox.ready.url + target, writeEvent(), 'unknown_key_1:wrong')
    expect(wrongSecret.stdout).toMatch(/\n401$/)
    const withoutRequestId = (text: string): string => text.replace(/"requestId":"[^"]+"/, '"requestId":""')
    expect(withoutRequestId(unknownKey.stdout)).toBe(withoutRequestId(wrongSecret.stdout))
  })

  it('is told how to send a body that curl -T does not sign', async () => {
    const { stdout } = await runProgram('curl', [
      ...['--silent', '--aws-sigv4', 'partner:partner:sandbox:orders', '-u', user(), '-X', 'POST'],
      ...['-T', writeEvent(), sandbox.ready.url + target],
    ])
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'body_not_signed',
      detail: expect.stringContaining('--data-binary'),
    })
  })
})

function spanOf(text: string, pattern: RegExp): readonly [number, number] {
  const match = pattern.exec(text)
  if (match === null) throw new Error(`the recorded request has no ${pattern}`)
  const start = match.index + match[0].lastIndexOf(match[1]!)
  return [start, start + match[1]!.length]
}
