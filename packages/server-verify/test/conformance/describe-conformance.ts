// One adapter against every attack of the catalogue, by raw bytes over HTTP/1.1 and HTTP/2.
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Adapter, RunningAdapter, Seen } from './adapters.js'
import { type Attack, createHttp1Attack, createHttp2Attack, outcomesOf } from './attack.js'
import { ATTACKS } from './attacks.js'
import { expectOutcomes } from './expect-outcome.js'
import { type Exchange, exchangeHttp1 } from './raw-client.js'
import { exchangeHttp2 } from './raw-http2-client.js'
import { perform } from './state-attack.js'
import { STATE_ATTACKS } from './state-attacks.js'
import { createTestbed } from './testbed.js'
import type { HttpVersion } from './wire-message.js'

const WRITE = { scopes: ['orders:status:write'] }

/** The whole table, once for each version of HTTP that the adapter speaks. */
export function describeConformance(name: string, adapter: Adapter): void {
  for (const version of adapter.versions)
    describe(`attacks: ${name}, HTTP/${version}`, () => {
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
          expectOutcomes(exchange, reached, outcomesOf(attack, version), adapter.refusesBare)
        })
      }

      for (const attack of STATE_ATTACKS) {
        if (attack.only !== undefined && attack.only !== version) continue
        it(`${attack.id} ${attack.name}`, () => perform(attack, adapter, version))
      }
    })
}

async function send(port: number, attack: Attack, version: HttpVersion): Promise<Exchange> {
  if (version === '1.1') return exchangeHttp1(port, createHttp1Attack(attack), attack.hangUp)
  const [exchange] = await exchangeHttp2(port, [createHttp2Attack(attack)])
  return exchange!
}
