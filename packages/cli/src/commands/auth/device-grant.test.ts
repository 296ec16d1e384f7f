import { expect, test } from 'vitest'
import { type DeviceGrantRequest, requestDeviceToken } from './device-grant.js'

const ISSUER = 'https://login.example.com'

/** The issuer's answers at the token endpoint, one a poll; the pauses before each, in seconds, come back. */
async function run(
  answers: readonly (readonly [status: number, body: object])[],
  interval?: number,
): Promise<{ readonly pauses: number[]; readonly asked: string[]; readonly value: string }> {
  const left = [...answers]
  const pauses: number[] = []
  const asked: string[] = []
  const metadata = {
    issuer: ISSUER,
    token_endpoint: `${ISSUER}/token`,
    device_authorization_endpoint: `${ISSUER}/device`,
    scopes_supported: ['openid', 'orders:read', 'orders:status:write', 'invoices:read'],
  }
  const device = { device_code: 'd', user_code: 'ABCD', verification_uri: `${ISSUER}/go`, expires_in: 60 }
  const network: DeviceGrantRequest['network'] = {
    certificateThumbprint: async () => undefined,
    async send({ path, body }) {
      if (path === '/device') asked.push(new TextDecoder().decode(body))
      const [status, content] =
        path === '/device'
          ? [200, { ...device, interval }]
          : path === '/token'
            ? (left.shift() ?? [400, { error: 'invalid_grant' }])
            : [200, metadata]
      const text = new TextEncoder().encode(JSON.stringify(content))
      return { status, headers: { 'content-type': 'application/json' }, body: text }
    },
  }
  let now = 0
  const { value } = await requestDeviceToken({
    ...{ issuer: ISSUER, clientId: 'partner-cli', api: 'orders', scope: undefined, audience: undefined },
    ...{ allowHttp: false, network, signal: new AbortController().signal, now: () => now },
    wait: async ms => {
      pauses.push(ms / 1000)
      now += ms
    },
    onCode: async () => undefined,
  })
  return { pauses, asked, value }
}

const PENDING = [400, { error: 'authorization_pending' }] as const
const SLOW_DOWN = [400, { error: 'slow_down' }] as const
const TOKEN = [200, { access_token: 't-1', token_type: 'Bearer', expires_in: 600 }] as const

test("it asks at the server's pace, 5 s where it names none, and ever slower when told so", async () => {
  expect(await run([PENDING, PENDING, TOKEN])).toMatchObject({ pauses: [5, 5, 5], value: 't-1' })
  expect((await run([PENDING, SLOW_DOWN, PENDING, SLOW_DOWN, TOKEN], 2)).pauses).toEqual([2, 2, 7, 7, 12])
})

test('a server that is busy is asked again, later', async () => {
  expect((await run([[503, {}], TOKEN], 1)).pauses).toEqual([1, 6])
})

test('it stops when the code has expired, whatever the server says', async () => {
  const forever = Array.from({ length: 100 }, () => PENDING)
  await expect(run(forever)).rejects.toMatchObject({ code: 'device_code_expired', exitCode: 4 })
})

test('without a scope it asks for all of its API', async () => {
  const [form = ''] = (await run([TOKEN])).asked
  expect(new URLSearchParams(form).get('scope')).toBe('orders:read orders:status:write')
})
