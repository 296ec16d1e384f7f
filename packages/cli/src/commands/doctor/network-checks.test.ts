import { expect, test } from 'vitest'
import { checkClock, checkNetwork } from './network-checks.js'

const NOW = new Date('2026-11-21T00:00:00Z')

function clockAhead(seconds: number): ReturnType<typeof checkClock> {
  return checkClock({ server: NOW, local: new Date(NOW.getTime() + seconds * 1000) })
}

test.each([
  [0.9, 'ok', 'agrees with the server'],
  [-29, 'ok', '29 s behind the server'],
  [31, 'warn', '31 s ahead of the server (limit 300 s)'],
  [-300, 'warn', '300 s behind the server (limit 300 s)'],
  [301, 'fail', '301 s ahead of the server (limit 300 s)'],
])('a clock %i s ahead: %s', (seconds, status, detail) => {
  expect(clockAhead(seconds)).toMatchObject({ status, detail })
})

test('a certificate that ends soon is a warning', () => {
  const url = new URL('https://api.example.com')
  const tls = { protocol: 'TLSv1.3', issuer: 'Example CA', validTo: new Date('2026-11-30T00:00:00Z') }
  const [, check] = checkNetwork(url, { addresses: ['192.0.2.1'], tls }, NOW)
  expect(check).toMatchObject({ name: 'tls', status: 'warn', detail: expect.stringContaining('9 more days') })
})

test('a certificate that is not accepted names --ca-bundle', () => {
  const url = new URL('https://api.example.com')
  const checks = checkNetwork(url, { addresses: ['192.0.2.1'], fault: 'SELF_SIGNED_CERT_IN_CHAIN' }, NOW)
  expect(checks).toMatchObject([
    { name: 'dns', status: 'ok' },
    { name: 'tls', status: 'fail', fix: expect.stringContaining('--ca-bundle'), exitCode: 10 },
    { name: 'connection', status: 'skip' },
  ])
})

test('plain http is a warning, but not to this machine', () => {
  const statusOf = (url: string): string | undefined =>
    checkNetwork(new URL(url), { addresses: ['192.0.2.1'] }, NOW).find(({ name }) => name === 'tls')?.status
  expect(statusOf('http://api.example.com')).toBe('warn')
  for (const url of ['http://127.0.0.1:8787', 'http://localhost', 'http://[::1]:1'])
    expect(statusOf(url)).toBe('skip')
})

test('the authority that is missing is named', () => {
  const fault = 'SELF_SIGNED_CERT_IN_CHAIN'
  const [, check] = checkNetwork(
    new URL('https://api.example.com'),
    { addresses: ['192.0.2.1'], fault, missingAuthority: 'Corp Root CA' },
    NOW,
  )
  expect(check).toMatchObject({ detail: expect.stringContaining('ends in "Corp Root CA"') })
})
