import { execFileSync } from 'node:child_process'
import { AWS_SCHEME, createSigningScheme, PARTNER_SCHEME } from '@countersign/protocol'
import { expect, test } from 'vitest'
import { formatCurlCommand } from './curl-command.js'

const BASE = {
  url: 'https://api.example.com/v1/whoami',
  headers: {},
  scheme: PARTNER_SCHEME,
  environment: 'live',
  api: 'orders',
  keyId: 'KEY_0001',
}

/** What a shell makes of the line. */
function wordsOf(line: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${line}`
  const env = { ...process.env, PARTNER_SECRET: 'from the environment' }
  return execFileSync('sh', ['-c', script], { encoding: 'utf8', env }).split('\0').slice(0, -1)
}

test('GET', () => {
  expect(wordsOf(formatCurlCommand({ ...BASE, method: 'GET', data: undefined }))).toEqual([
    '--aws-sigv4',
    'partner:partner:live:orders',
    '-u',
    'KEY_0001:from the environment',
    'https://api.example.com/v1/whoami',
  ])
})

test('a body with quotes, dollars and line ends comes out as it went in; a POST needs no -X', () => {
  const data = `{"note":"it's $HOME \`id\`\n"}`
  const words = wordsOf(
    formatCurlCommand({ ...BASE, method: 'POST', data, headers: { 'content-type': 'application/json' } }),
  )
  expect(words.slice(4)).toEqual(['-H', 'content-type: application/json', '--data-binary', data, BASE.url])
})

test('other methods', () => {
  expect(wordsOf(formatCurlCommand({ ...BASE, method: 'DELETE', data: undefined }))).toContain('-X')
  expect(wordsOf(formatCurlCommand({ ...BASE, method: 'HEAD', data: undefined }))).toContain('--head')
})

test.each([
  [AWS_SCHEME, 'aws:amz:live:orders'],
  [createSigningScheme('acme'), 'acme:acme:live:orders'],
])("a row's two labels", (scheme, expected) => {
  expect(wordsOf(formatCurlCommand({ ...BASE, scheme, method: 'GET', data: undefined }))[1]).toBe(expected)
})
