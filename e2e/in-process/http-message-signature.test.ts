// A partner who signs by RFC 9421: sdk, sandbox, a library of somebody else, and the bash signer, over real HTTP.
import { createPrivateKey, sign } from 'node:crypto'
import { startSandbox } from '@countersign/sandbox'
import { httpSignatureAuth, PartnerClient } from '@countersign/sdk'
import { httpbis } from 'http-message-signatures'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let sandbox: Awaited<ReturnType<typeof startSandbox>>
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0 })
})
afterAll(async () => {
  await sandbox.close()
})

const event = { status: 'shipped', occurredAt: '2026-11-20T08:00:00.000Z' } as const

describe('HTTP message signatures', () => {
  it('pushes, reads and pushes many', async () => {
    const { keyId, privateKeyPem } = sandbox.ready.httpSignature
    const auth = httpSignatureAuth({ keyId, environment: 'sandbox', privateKey: privateKeyPem })
    const client = new PartnerClient({ baseUrl: sandbox.url, auth })
    try {
      expect(await client.orders.pushStatus('SIG-1', event)).toMatchObject({ effect: 'applied' })
      expect(await client.orders.get('SIG-1')).toMatchObject({ orderId: 'SIG-1' })
      const rows = Array.from({ length: 250 }, (_, i) => ({
        ...event,
        orderId: `SIG-${i % 50}`,
        sequence: i,
      }))
      const results: string[] = []
      for await (const { result } of client.orders.pushStatuses(rows)) results.push(result)
      expect(results).toEqual(rows.map(() => 'accepted'))
    } finally {
      await client.close()
    }
  })

  it('corrects a clock that is an hour off', async () => {
    const { keyId, privateKeyPem } = sandbox.ready.httpSignature
    const auth = httpSignatureAuth({ keyId, environment: 'sandbox', privateKey: privateKeyPem })
    for (const shift of [3_600_000, -3_600_000]) {
      const client = new PartnerClient({ baseUrl: sandbox.url, auth, clock: () => Date.now() + shift })
      try {
        expect(await client.whoami()).toMatchObject({ partner: 'acme' })
      } finally {
        await client.close()
      }
    }
  })

  it('takes what a library of somebody else signs', async () => {
    const { keyId, privateKeyPem } = sandbox.ready.httpSignature
    const key = createPrivateKey(privateKeyPem)
    const now = Math.floor(Date.now() / 1000) * 1000
    const { headers } = await httpbis.signMessage(
      {
        key: { id: keyId, alg: 'ed25519', sign: async bytes => sign(null, bytes, key) },
        fields: ['@method', '@authority', '@path', '@query'],
        params: ['created', 'expires', 'nonce', 'keyid', 'tag'],
        paramValues: {
          ...{ nonce: crypto.randomUUID(), tag: 'partner-orders-v1' },
          ...{ created: new Date(now), expires: new Date(now + 60_000) },
        },
      },
      { method: 'GET', url: `${sandbox.url}/v1/whoami`, headers: {} },
    )
    const send = async (): Promise<number> =>
      (await fetch(`${sandbox.url}/v1/whoami`, { headers: headers as Record<string, string> })).status
    expect(await send()).toBe(200)
    expect(await send()).toBe(409)
  })
})
