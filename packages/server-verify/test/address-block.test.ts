// The block of addresses in the pipeline: who is charged for what, and what is told.
import { describe, expect, it } from 'vitest'
import { createAddressBlock } from '../src/address-block.js'
import { CREDENTIAL, createFixture, NOW, SECRET } from './fixture.js'

const BLOCK = { addressBlock: { failures: 3, windowSeconds: 300, blockSeconds: 600 } }

describe('the address block in the pipeline', () => {
  it('refuses everything from the address, whatever it presents, until the block ends', async () => {
    const { signed, answer, clock, audited, verifier } = createFixture(BLOCK)
    const from = (address: string, secret = SECRET) =>
      answer({ ...signed({ secret, body: `${Math.random()}` }), peer: { address } })
    for (let i = 0; i < 3; i++) expect(await from('192.0.2.1', 'wrong')).toMatchObject({ status: 401 })
    const refused = await from('192.0.2.1')
    expect(refused).toMatchObject({ status: 429, code: 'address_blocked', body: { retryable: true } })
    expect(refused.headers['retry-after']).toBe('600')
    // The key id is nobody's: the same credential works from elsewhere.
    expect(await from('192.0.2.2')).toMatchObject({ status: 200 })
    expect(audited.filter(entry => 'kind' in entry)).toEqual([
      {
        time: new Date(NOW).toISOString(),
        kind: 'address_blocked',
        address: '192.0.2.1',
        until: new Date(NOW + 600_000).toISOString(),
      },
    ])
    expect(verifier.addressBlock!.blocked()).toEqual([{ address: '192.0.2.1', until: NOW + 600_000 }])
    expect(verifier.addressBlock!.unblock('192.0.2.1')).toBe(true)
    expect(await from('192.0.2.1')).toMatchObject({ status: 200 })
    expect(audited.at(-2)).toMatchObject({ kind: 'address_unblocked', address: '192.0.2.1' })
    clock.now += 1
  })

  it('a block ends by itself', async () => {
    const { signed, answer, clock } = createFixture(BLOCK)
    for (let i = 0; i < 3; i++) await answer(signed({ secret: 'wrong' }))
    expect(await answer(signed())).toMatchObject({ code: 'address_blocked' })
    clock.now += 600_000
    expect(await answer(signed({ timestamp: '20261121T234040Z' }))).toMatchObject({ status: 200 })
  })

  it('one key id under attack from many addresses stays open for its partner', async () => {
    const { signed, answer } = createFixture(BLOCK)
    for (let i = 0; i < 200; i++)
      await answer({ ...signed({ secret: 'wrong' }), peer: { address: `198.51.100.${i}` } })
    expect(await answer(signed())).toMatchObject({ status: 200 })
  })

  it('only wrong credentials count: no credential, a bad form, a replay, a missing scope, an expired key do not', async () => {
    const { signed, answer, credentials, verifier, clock } = createFixture(BLOCK)
    credentials.add({ ...CREDENTIAL, keyId: 'acme_2026_old', secret: `${SECRET}2`, notAfter: NOW - 1 })
    const used = signed({ body: 'used' })
    await answer(used)
    // An hour later nobody remembers that this address was once authenticated.
    clock.now += 3_600_000
    const late = { timestamp: '20261122T003040Z' }
    for (let i = 0; i < 10; i++) {
      const { rawHeaders, ...rest } = signed(late)
      expect(await answer({ ...rest, rawHeaders: rawHeaders.slice(0, 2) })).toMatchObject({
        code: 'credentials_missing',
      })
      expect((await answer(signed({ ...late, target: '/a/../b' }))).status).toBe(400)
      expect(await answer(signed())).toMatchObject({ code: 'clock_skew' })
      const old = { ...late, keyId: 'acme_2026_old', secret: `${SECRET}2` }
      expect(await answer(signed(old))).toMatchObject({ code: 'invalid_credentials' })
    }
    expect(verifier.addressBlock!.blocked()).toEqual([])
  })

  it('a partner who is at work behind the same address keeps it open', async () => {
    const { signed, answer } = createFixture(BLOCK)
    for (let i = 0; i < 20; i++) {
      expect(await answer(signed({ secret: 'wrong', body: `${i}` }))).toMatchObject({ status: 401 })
      expect(await answer(signed({ body: `${i}` }))).toMatchObject({ status: 200 })
    }
  })

  it('is off with the limiter, can be switched off alone, and can be shared by verifiers', async () => {
    expect(createFixture().verifier.addressBlock).toBeUndefined()
    expect(createFixture({ preAuthLimit: {}, addressBlock: false }).verifier.addressBlock).toBeUndefined()
    expect(createFixture({ preAuthLimit: {} }).verifier.addressBlock).toBeDefined()
    const addressBlock = createAddressBlock({ failures: 2, now: () => NOW })
    const [one, other] = [createFixture({ addressBlock }), createFixture({ addressBlock })]
    await one.answer(one.signed({ secret: 'wrong' }))
    await other.answer(other.signed({ secret: 'wrong' }))
    expect(await one.answer(one.signed())).toMatchObject({ code: 'address_blocked' })
    expect(addressBlock.blocked()).toHaveLength(1)
  })
})
