import { writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWorkplace, type Workplace } from './run-cli.js'
import { runInProcess } from './run-in-process.js'

let place: Workplace
let env: Record<string, string>

beforeEach(async () => {
  place = await createWorkplace()
  env = {
    ...place.env,
    PARTNER_BASE_URL: 'https://api.example.com',
    PARTNER_KEY_ID: 'demo_acme_key1',
    PARTNER_SECRET: 'not-a-secret-only-for-the-spec!',
  }
})

afterEach(() => place.remove())

interface Shown {
  readonly canonicalRequest: string
  readonly stringToSign: string
  readonly headers: Readonly<Record<string, string>>
  readonly curl: string
}

const sign = async (...args: string[]): Promise<Shown> => {
  const { exitCode, stdout, stderr } = await runInProcess(['sign', ...args, '--json'], {
    env,
    stdin: 'from stdin',
  })
  expect([exitCode, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as Shown
}

// printf 'hello\n' | sha256sum
const HELLO = '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03'

test('the body of a file, byte for byte, and a header', async () => {
  await writeFile(place.path('body'), 'hello\n')
  const { canonicalRequest, headers, curl } = await sign(
    'post',
    '/v1/x',
    '-d',
    `@${place.path('body')}`,
    '-H',
    'X-Partner-Note: a  b',
    '-H',
    'Content-Type: text/plain',
  )
  expect(canonicalRequest.split('\n').at(-1)).toBe(HELLO)
  expect(canonicalRequest).toMatch(/^POST\n\/v1\/x\n\ncontent-type:text\/plain\nhost:api\.example\.com\n/)
  expect(canonicalRequest).toContain('\nx-partner-note:a b\n')
  expect(headers).toMatchObject({ host: 'api.example.com', 'content-type': 'text/plain' })
  expect(curl).toContain('--data-binary')
})

test.each([
  ['partner', 'PARTNER4-HMAC-SHA256', 'x-partner-date', 'partner4_request', 'partner:partner:live:orders'],
  ['aws', 'AWS4-HMAC-SHA256', 'x-amz-date', 'aws4_request', 'aws:amz:live:orders'],
  ['acme', 'ACME4-HMAC-SHA256', 'x-acme-date', 'acme4_request', 'acme:acme:live:orders'],
])('--scheme %s', async (label, algorithm, dateHeader, terminator, words) => {
  const { stringToSign, headers, curl } = await sign('GET', '/v1/whoami', '--scheme', label)
  expect(stringToSign.split('\n').slice(0, 3)).toEqual([
    algorithm,
    '20261121T233100Z',
    `20261121/live/orders/${terminator}`,
  ])
  expect(headers[dateHeader]).toBe('20261121T233100Z')
  expect(headers['authorization']).toMatch(
    new RegExp(`^${algorithm} Credential=demo_acme_key1/20261121/live/orders/${terminator}, `),
  )
  expect(curl).toContain(`--aws-sigv4 "${words}"`)
})

test.each([
  [['GET', '/v1/a b'], 'url_not_canonical'],
  [['GET', 'ftp://a/'], 'url_invalid'],
  [['GET', '/', '-H', 'nothing'], 'header_invalid'],
  [['GET', '/', '--scheme', 'No'], 'scheme_invalid'],
])('2: %j', async (args, code) => {
  const { exitCode, stderr } = await runInProcess(['sign', ...args, '--json'], { env })
  expect(exitCode).toBe(2)
  expect(JSON.parse(stderr)).toMatchObject({ error: { code } })
})

test('6: a body that cannot be read', async () => {
  expect(await runInProcess(['sign', 'POST', '/', '-d', '@absent'], { env })).toMatchObject({ exitCode: 6 })
})
