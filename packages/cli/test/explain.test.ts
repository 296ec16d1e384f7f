import { writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DOUBLE_MISTAKES, FORM_MISTAKES, SIGNING_MISTAKES } from '../../protocol/test/known-mistakes.js'
import {
  BODY,
  CREDENTIAL,
  HOST,
  type SignerMistakes,
  signMistakenly,
  TARGET,
  writeRawRequest,
} from '../../protocol/test/mistaken-signer.js'
import { createWorkplace, type Workplace } from './run-cli.js'
import { type InProcessResult, runInProcess } from './run-in-process.js'

let place: Workplace
let env: Record<string, string>

beforeEach(async () => {
  place = await createWorkplace()
  env = {
    ...place.env,
    PARTNER_BASE_URL: `https://${HOST}`,
    PARTNER_ENVIRONMENT: CREDENTIAL.environment,
    PARTNER_API: CREDENTIAL.api,
    PARTNER_KEY_ID: CREDENTIAL.keyId,
    PARTNER_SECRET: CREDENTIAL.secret,
  }
})

afterEach(() => place.remove())

const explain = (
  args: readonly string[],
  stdin?: string | Buffer,
  columns?: number,
): Promise<InProcessResult> =>
  runInProcess(['explain', ...args], {
    env,
    ...(stdin === undefined ? {} : { stdin }),
    ...(columns === undefined ? {} : { columns }),
  })

const explainRaw = (mistakes: SignerMistakes, ...args: string[]): Promise<InProcessResult> =>
  explain(['-', ...args], writeRawRequest(signMistakenly(mistakes)))

interface Shown {
  readonly causes: readonly { readonly code: string; readonly explanation: string; readonly next: string }[]
  readonly [name: string]: unknown
}

describe('a recorded request', () => {
  test.each(SIGNING_MISTAKES)('%s: %s', async (code, _, mistakes) => {
    const { exitCode, stdout, stderr } = await explainRaw(mistakes, '--json')
    expect([exitCode, stderr]).toEqual([0, ''])
    const shown = JSON.parse(stdout) as Shown
    expect(shown).toMatchObject({ schema: 'partner-cli.explain/1', source: 'record', exitCode: 0 })
    expect(shown.causes.map(cause => cause.code)).toEqual([code])
    expect(shown.causes[0]!.next).not.toContain('spec/errors.md says')
    expect(stdout).not.toContain(CREDENTIAL.secret)
  })

  test.each(FORM_MISTAKES)('%s: %s', async (code, _, mistakes) => {
    const { exitCode, stdout } = await explainRaw(mistakes, '--json')
    expect(exitCode).toBe(0)
    expect((JSON.parse(stdout) as Shown).causes.map(cause => cause.code)).toContain(code)
    expect(stdout).not.toContain('spec/errors.md says')
  })

  test.each(DOUBLE_MISTAKES)('both of %j', async (codes, mistakes) => {
    const { stdout } = await explainRaw(mistakes)
    for (const code of codes) expect(stdout).toContain(code)
  })

  test('3: a signature that is right', async () => {
    const { exitCode, stdout } = await explainRaw({})
    expect(exitCode).toBe(3)
    expect(stdout).toContain('The signature is right')
  })

  test('a white label, when its row is named', async () => {
    const mistakes = { label: 'acme', secret: `${CREDENTIAL.secret}\n` }
    expect((await explainRaw(mistakes)).stdout).toContain('authorization_malformed')
    expect((await explainRaw(mistakes, '--scheme', 'acme')).stdout).toContain('secret_white_space')
  })

  test('the name of the service in the profile is one of the hosts that are tried', async () => {
    const { stdout } = await explainRaw({
      host: 'backend.internal',
      editRequest: text => text.replace('backend.internal', HOST),
    })
    expect(stdout).toContain(`Host was rewritten by a proxy`)
  })

  test('the body from a file, the request with line feeds only', async () => {
    const request = signMistakenly({ secret: `${CREDENTIAL.secret}\n` })
    const head = writeRawRequest({ ...request, body: '' })
      .toString('latin1')
      .replaceAll('\r\n', '\n')
    await writeFile(place.path('body.json'), BODY)
    const { stdout } = await explain(['-', '--body', place.path('body.json')], head)
    expect(stdout).toContain('secret_white_space')
    const without = await explain(['-'], head)
    expect(without.exitCode).toBe(3)
    expect(without.stdout).toContain('--body FILE')
  })

  test('a newline that an editor put behind the body does not count', async () => {
    const bytes = Buffer.concat([writeRawRequest(signMistakenly({ prefix: 'AWS4' })), Buffer.from('\n')])
    expect((await explain(['-'], bytes)).stdout).toContain('key_label')
  })

  test('the answer of the platform in the record shows what a proxy changed', async () => {
    const request = signMistakenly({ target: '/v1/whoami', body: '' })
    const arrived = request.canonicalRequest.replace(HOST, 'inner.example.com')
    const verbose = [
      '*   Trying 127.0.0.1:443...',
      `> POST ${request.target} HTTP/1.1`,
      ...request.headers.map(([name, value]) => `> ${name}: ${value}`),
      '> ',
      '< HTTP/1.1 401 Unauthorized',
      '< content-type: application/problem+json',
      '< ',
      `${JSON.stringify({ status: 401, code: 'invalid_credentials', requestId: 'req-7', explanation: { canonicalRequest: arrived, stringToSign: 'x' } })}* Connection #0 to host left intact`,
    ]
    const { exitCode, stdout } = await explain(['-'], `${verbose.join('\r\n')}\r\n`)
    expect(exitCode).toBe(0)
    expect(stdout).toContain('Answer: 401 invalid_credentials (request req-7)')
    expect(stdout).toContain('host_rewritten')
    expect(stdout).toContain('+ host:inner.example.com')
  })
})

describe('an answer of the platform', () => {
  const { canonicalRequest, stringToSign } = signMistakenly({})
  const answer = (changes: object = {}): string =>
    JSON.stringify({
      type: 'about:blank#invalid_credentials',
      status: 401,
      code: 'invalid_credentials',
      detail: 'No.',
      requestId: 'req-1',
      explanation: { canonicalRequest, stringToSign },
      ...changes,
    })

  test('with the canonical request of the client', async () => {
    await writeFile(place.path('signed.txt'), `${canonicalRequest.replace(TARGET, `${TARGET}/`)}\n`)
    const { exitCode, stdout } = await explain(['-', '--signed', place.path('signed.txt')], answer())
    expect(exitCode).toBe(0)
    expect(stdout).toContain('path_trailing_slash')
    expect(stdout).toContain('line 2, column 27 (byte 32)')
  })

  test('with JSON, both sides equal: the secret', async () => {
    await writeFile(place.path('signed.json'), JSON.stringify({ canonicalRequest, stringToSign }))
    const { exitCode, stdout } = await explain(['-', '--signed', place.path('signed.json')], answer())
    expect(exitCode).toBe(0)
    expect(stdout).toContain('secret_or_label')
  })

  test('another code explains itself', async () => {
    const { exitCode, stdout } = await explain(
      ['-'],
      answer({ code: 'clock_skew', detail: 'It is late.', explanation: undefined }),
    )
    expect(exitCode).toBe(0)
    expect(stdout).toContain('It is late.')
    expect(stdout).toContain('NTP')
  })

  test('3: without an explanation', async () => {
    const { exitCode, stdout } = await explain(['-'], answer({ explanation: undefined }))
    expect(exitCode).toBe(3)
    expect(stdout).toContain('Countersign-Explain: 1')
  })

  test('6: without the side of the client', async () => {
    const { exitCode, stderr } = await explain(['-'], answer())
    expect(exitCode).toBe(6)
    expect(stderr).toContain('--signed FILE')
  })
})

describe('both sides', () => {
  const { canonicalRequest, stringToSign } = signMistakenly({})
  const sides = (signer: object, bodyBase64?: string): string =>
    JSON.stringify({
      signer: { canonicalRequest, stringToSign, ...signer },
      verifier: { canonicalRequest, stringToSign },
      bodyBase64,
    })

  test('needs no profile', async () => {
    const input = sides({ canonicalRequest: canonicalRequest.replace('POST', 'PUT') })
    const { exitCode, stdout } = await runInProcess(['explain', '-', '--json'], {
      env: place.env,
      stdin: input,
    })
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      source: 'sides',
      causes: [{ code: 'method_changed' }],
      firstDifference: {
        in: 'canonicalRequest',
        line: 1,
        column: 2,
        offset: 1,
        signer: '55',
        verifier: '4f',
      },
    })
  })

  test('with the body, and with the strings to sign only', async () => {
    const other = signMistakenly({ signedBody: `${BODY}\n` })
    const body = Buffer.from(BODY).toString('base64')
    expect((await explain(['-'], sides(other, body))).stdout).toContain('body_trailing_newline')
    const { stdout } = await explain(['-'], sides({ stringToSign: stringToSign.replace('live', 'sandbox') }))
    expect(stdout).toContain('scope_differs')
    expect(stdout).toContain('String to sign\n')
  })
})

describe('what cannot be read', () => {
  test.each([
    ['', 'no recorded request'],
    ['hello', 'no recorded request'],
    ['{"a":1}', 'neither an answer'],
    ['{"a"', 'begins like JSON'],
    ['{"signer":{},"verifier":{}}', 'canonicalRequest'],
    [
      '{"signer":{"canonicalRequest":"a"},"verifier":{"canonicalRequest":"b"},"bodyBase64":"?"}',
      'bodyBase64',
    ],
    ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc', '3 of the 9 bytes'],
  ])('6: %j', async (input, hint) => {
    const { exitCode, stdout, stderr } = await explain(['-'], input)
    expect(exitCode).toBe(6)
    expect(stdout).toBe('')
    expect(stderr).toContain(hint)
    expect(stderr).toContain('next:')
  })

  test('6: a file that is not there', async () => {
    expect(await explain([place.path('absent')])).toMatchObject({ exitCode: 6, stdout: '' })
  })

  test.each([
    [[]],
    [['a', 'b']],
    [['a', '-d', 'x']],
    [['-', '--body', '-']],
    [['--live', 'GET']],
    [['--live', 'GET', '/', '--body', 'x']],
    [['-', '--scheme', 'UPPER']],
  ])('2: %j', async args => {
    expect((await explain(args, writeRawRequest(signMistakenly({})))).exitCode).toBe(2)
  })

  test('2: a recorded request without a profile', async () => {
    const stdin = writeRawRequest(signMistakenly({}))
    expect(await runInProcess(['explain', '-'], { env: place.env, stdin })).toMatchObject({ exitCode: 2 })
  })
})

describe('how it looks', () => {
  const mistakes = { editRequest: (text: string) => text.replace('A-1001', 'A%2D1001') }
  const lines = async (columns: number): Promise<readonly string[]> => {
    const { stdout } = await explain(['-'], writeRawRequest(signMistakenly(mistakes)), columns)
    return stdout.split('\n')
  }

  test('one column below 100: minus, plus and a caret below the byte', async () => {
    const shown = await lines(80)
    const at = shown.indexOf('  2 - /v1/orders/A%2D1001/statuses')
    expect(shown.slice(at, at + 3)).toEqual([
      '  2 - /v1/orders/A%2D1001/statuses',
      '  2 + /v1/orders/A-1001/statuses',
      '                  ^',
    ])
    expect(shown[at + 2]!.indexOf('^')).toBe(shown[at]!.indexOf('%'))
    expect(shown).toContain('First difference: line 2, column 13 (byte 18): 25 "%" signed, 2d "-" there.')
    expect(Math.max(...shown.map(line => line.length))).toBeLessThanOrEqual(80)
  })

  test.each([100, 131, 200])('side by side in %i columns', async columns => {
    const shown = await lines(columns)
    const at = shown.findIndex(line => line.includes('%2D1001'))
    expect(shown[at]).toMatch(/^ {2}2 \/v1\/orders\/A%2D1001\/statuses +\| \/v1\/orders\/A-1001\/statuses$/)
    const carets = [shown[at + 1]!.indexOf('^'), shown[at + 1]!.lastIndexOf('^')]
    expect(carets).toEqual([shown[at]!.indexOf('%'), shown[at]!.indexOf('-1001')])
    expect(Math.max(...shown.map(line => line.length))).toBeLessThanOrEqual(columns)
  })

  test('control characters of a hostile file do not reach the terminal', async () => {
    const evil = '\u001b]0;owned\u0007\u009b2J'
    const side = (uri: string): object => ({
      canonicalRequest: `GET\n${uri}\n\nhost:${evil}\n\nhost\n${evil}`,
    })
    const input = JSON.stringify({ signer: side(`/${evil}`), verifier: side('/') })
    const { stdout } = await explain(['-'], input, 80)
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
    expect(stdout).toContain('\\x1b]0;owned')
  })
})
