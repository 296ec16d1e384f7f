import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendRaw } from './raw-http.js'
import { hasProgram } from './required-program.js'
import { type Finished, runPartnerCli, runProgram } from './run-program.js'
import { createTemporaryFolder, type SandboxProcess, startSandboxProcess } from './sandbox-process.js'

const folder = createTemporaryFolder()
const TARGET = '/v1/orders/A-1/statuses'
const EVENT = JSON.stringify({
  eventId: 'e2e-explain-event-1',
  status: 'shipped',
  occurredAt: '2026-11-20T08:00:00Z',
})
let sandbox: SandboxProcess

beforeAll(async () => {
  sandbox = await startSandboxProcess(folder.path)
  const imported = await runPartnerCli(folder.path, ['auth', 'import', sandbox.readyFile])
  expect(imported.stderr).toBe('')
})
afterAll(async () => {
  await sandbox.stop()
  folder.remove()
})

const explain = (args: readonly string[], input?: string): Promise<Finished> =>
  runPartnerCli(folder.path, ['explain', ...args], input === undefined ? {} : { input })

const codesOf = ({ stdout, stderr }: Finished): unknown => {
  expect(stderr).toBe('')
  expect(stdout).not.toContain(sandbox.ready.hmac.secret)
  const { causes, proven } = JSON.parse(stdout) as { causes: { code: string }[]; proven: boolean }
  return { codes: causes.map(({ code }) => code), proven }
}

interface Signed {
  readonly headers: Readonly<Record<string, string>>
  readonly canonicalRequest: string
}

/** What a client of `partner-cli sign` would send. */
async function sign(args: readonly string[]): Promise<Signed> {
  const { stdout } = await runPartnerCli(folder.path, ['sign', 'POST', ...args, '--json'])
  return JSON.parse(stdout) as Signed
}

function writeRequest({ headers }: Signed, target: string, body: string): string {
  const sent = { ...headers, 'countersign-explain': '1', 'content-length': String(Buffer.byteLength(body)) }
  const head = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${target} HTTP/1.1\r\n${head.join('')}\r\n${body}`
}

/** Sends a request as it is and gives back what the sandbox said. */
async function ask(request: string): Promise<string> {
  const { status, body } = await sendRaw(sandbox.ready.url, Buffer.from(request, 'utf8'))
  expect(status).toBe(401)
  return body
}

async function explainAnswer(request: string, signed: string): Promise<unknown> {
  const file = join(folder.path, 'signed.txt')
  writeFileSync(file, signed, 'latin1')
  return codesOf(await explain(['-', '--signed', file, '--json'], await ask(request)))
}

describe('a request that the sandbox refused', () => {
  it('with another secret', async () => {
    const secretFile = join(folder.path, 'other-secret')
    writeFileSync(secretFile, 'another secret', { mode: 0o600 })
    const config = join(folder.path, 'other')
    mkdirSync(config)
    const { url, environment, api, hmac } = sandbox.ready
    writeFileSync(
      join(config, 'c.json'),
      JSON.stringify({ url, environment, api, hmac: { ...hmac, secret: 'another secret' } }),
      { mode: 0o600 },
    )
    await runPartnerCli(config, ['auth', 'import', join(config, 'c.json')])
    const { stdout } = await runPartnerCli(config, ['sign', 'POST', TARGET, '-d', EVENT, '--json'])
    const other = JSON.parse(stdout) as Signed
    const request = writeRequest(other, TARGET, EVENT)
    expect(await explainAnswer(request, other.canonicalRequest)).toMatchObject({ codes: ['identical'] })
    expect(codesOf(await explain(['-', '--json'], request))).toEqual({
      codes: ['other_secret'],
      proven: false,
    })
    const live = await runPartnerCli(config, ['explain', '--live', 'GET', '/v1/whoami', '--json'])
    expect(JSON.parse(live.stdout)).toMatchObject({
      causes: [{ code: 'secret_or_label' }],
      answer: { status: 401 },
    })
    expect(live.code).toBe(0)
  })

  it('with a body that changed after signing', async () => {
    const signed = await sign([TARGET, '-d', EVENT])
    const body = `${EVENT}\n`
    const request = writeRequest(signed, TARGET, body)
    expect(codesOf(await explain(['-', '--json'], request))).toEqual({
      codes: ['body_trailing_newline'],
      proven: true,
    })
    const file = join(folder.path, 'body.json')
    writeFileSync(file, body)
    const signedFile = join(folder.path, 'signed.json')
    writeFileSync(signedFile, JSON.stringify(signed))
    const answer = await ask(request)
    const { stdout } = await explain(['-', '--signed', signedFile, '--body', file], answer)
    expect(stdout).toContain('1 byte longer, ends in newline')
  })

  it.runIf(hasProgram('openssl'))('with a path that was re-encoded', async () => {
    const encoded = TARGET.replace('A-1', 'A%2D1')
    // The client signs "A%2D1", and what stands between sends "A-1" on.
    const signed = await sign([TARGET, '-d', EVENT])
    const canonicalRequest = signed.canonicalRequest.replace(TARGET, encoded)
    const { headers, steps } = await signByOpenssl(canonicalRequest, signed)
    const request = writeRequest({ headers, canonicalRequest }, TARGET, EVENT)
    expect(await explainAnswer(request, steps)).toMatchObject({ codes: ['path_reencoded'] })
    expect(codesOf(await explain(['-', '--json'], request))).toEqual({
      codes: ['path_reencoded'],
      proven: true,
    })
  })

  it('with a Host that a proxy rewrote', async () => {
    const proxy = await startHostRewritingProxy(sandbox.ready.url)
    try {
      const { code, stdout } = await explain([
        '--live',
        'GET',
        '/v1/whoami',
        '--base-url',
        proxy.url,
        '--json',
      ])
      expect(code).toBe(0)
      const shown = JSON.parse(stdout) as { firstDifference: unknown; causes: unknown }
      expect(shown).toMatchObject({
        causes: [{ code: 'host_rewritten' }],
        firstDifference: { in: 'canonicalRequest', line: 4 },
      })
    } finally {
      proxy.close()
    }
  })
})

describe.runIf(hasProgram('curl'))('what curl recorded', () => {
  it.each([['-v'], ['--trace-ascii'], ['--trace']])('by %s', async how => {
    const event = join(folder.path, 'event.json')
    writeFileSync(event, `${EVENT}\n`)
    const { keyId, secret } = sandbox.ready.hmac
    const record = join(folder.path, 'record.txt')
    const { stdout, stderr } = await runProgram('curl', [
      ...[
        '--silent',
        ...(how === '-v' ? ['-v'] : [how, record]),
        '--aws-sigv4',
        'partner:partner:sandbox:orders',
      ],
      ...[
        '-u',
        `${keyId}:${secret}\n`,
        '-H',
        'Countersign-Explain: 1',
        '-H',
        'Content-Type: application/json',
      ],
      ...['--data-binary', `@${event}`, sandbox.ready.url + TARGET],
    ])
    if (how === '-v') writeFileSync(record, stderr + stdout)
    const explained = await explain([record, '--json'])
    expect(codesOf(explained)).toEqual({ codes: ['secret_white_space'], proven: true })
    expect(JSON.parse(explained.stdout)).toMatchObject({
      answer: { status: 401, code: 'invalid_credentials' },
    })
  })
})

/** The headers again, with a signature over another canonical request; the crypto is openssl's. */
async function signByOpenssl(
  canonicalRequest: string,
  signed: Signed,
): Promise<{ headers: Signed['headers']; steps: string }> {
  const { environment, api, hmac } = sandbox.ready
  const date = signed.headers['x-partner-date']!
  const day = date.slice(0, 8)
  const mac = async (key: string, text: string): Promise<string> => {
    const { stdout } = await runProgram(
      'openssl',
      ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `hexkey:${key}`],
      { input: text },
    )
    return /([0-9a-f]{64})\s*$/.exec(stdout)![1]!
  }
  let key = Buffer.from(`PARTNER4${hmac.secret}`).toString('hex')
  for (const part of [day, environment, api, 'partner4_request']) key = await mac(key, part)
  const { stdout } = await runProgram('openssl', ['dgst', '-sha256'], { input: canonicalRequest })
  const hash = /([0-9a-f]{64})\s*$/.exec(stdout)![1]!
  const scope = `${day}/${environment}/${api}/partner4_request`
  const signature = await mac(key, `PARTNER4-HMAC-SHA256\n${date}\n${scope}\n${hash}`)
  const authorization = signed.headers['authorization']!.replace(/Signature=.*/, `Signature=${signature}`)
  return { headers: { ...signed.headers, authorization }, steps: canonicalRequest }
}

/** A gateway as many stand in front of a service: it passes all on, but Host becomes its backend's. */
async function startHostRewritingProxy(backend: string): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((incoming, outgoing) => {
    const headers: IncomingHttpHeaders = { ...incoming.headers, host: new URL(backend).host }
    const onward = httpRequest(
      new URL(incoming.url ?? '/', backend),
      { method: incoming.method, headers },
      answer => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    incoming.pipe(onward)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
