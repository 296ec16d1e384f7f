// Every adapter against every attack of the catalogue, by raw bytes over HTTP/1.1 and HTTP/2.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADAPTERS, type RunningAdapter, type Seen } from './adapters.js'
import { type Attack, createHttp1Attack, createHttp2Attack, outcomesOf } from './attack.js'
import { ATTACKS } from './attacks.js'
import { expectOutcomes } from './expect-outcome.js'
import { type Exchange, exchangeHttp1 } from './raw-client.js'
import { exchangeHttp2 } from './raw-http2-client.js'
import { perform } from './state-attack.js'
import { STATE_ATTACKS } from './state-attacks.js'
import { createTestbed } from './testbed.js'
import type { HttpVersion } from './wire-message.js'

const COMBINATIONS = ADAPTERS.flatMap(adapter => adapter.versions.map(version => ({ adapter, version })))
const CATALOGUE = [
  ...Array.from({ length: 15 }, (_, i) => `A${i + 1}`),
  ...Array.from({ length: 9 }, (_, i) => `B${i + 1}`),
  ...Array.from({ length: 11 }, (_, i) => `C${i + 1}`),
]
const WRITE = { scopes: ['orders:status:write'] }

it('the table has every row of the catalogue, and no two of one name', () => {
  const rows = [...ATTACKS, ...STATE_ATTACKS]
  const ids = new Set<string>(rows.map(({ id }) => id))
  expect(CATALOGUE.filter(id => !ids.has(id))).toEqual([])
  const titles = rows.map(({ id, name }) => `${id} ${name}`)
  expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([])
})

for (const { adapter, version } of COMBINATIONS)
  describe(`attacks: ${adapter.name}, HTTP/${version}`, () => {
    const reached: Seen[] = []
    let running: RunningAdapter
    beforeAll(async () => {
      const { verifier } = createTestbed()
      running = await adapter.start(
        { verifier, requirement: WRITE, onReached: seen => reached.push(seen) },
        version,
      )
    })
    afterAll(() => running.close())

    for (const attack of ATTACKS) {
      if (attack.only !== undefined && attack.only !== version) continue
      it(`${attack.id} ${attack.name}`, async () => {
        reached.length = 0
        const exchange = await send(running.port, attack, version)
        expectOutcomes(exchange, reached, outcomesOf(attack, version))
      })
    }

    for (const attack of STATE_ATTACKS) {
      if (attack.only !== undefined && attack.only !== version) continue
      it(`${attack.id} ${attack.name}`, () => perform(attack, adapter, version))
    }
  })

async function send(port: number, attack: Attack, version: HttpVersion): Promise<Exchange> {
  if (version === '1.1') return exchangeHttp1(port, createHttp1Attack(attack), attack.hangUp)
  const [exchange] = await exchangeHttp2(port, [createHttp2Attack(attack)])
  return exchange!
}
