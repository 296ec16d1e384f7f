// Where there is a `Request` only: the same table, as far as a runtime lets it through. Its URL is normalised before
// anybody sees it, so a refusal may have another reason; what counts is that nobody is reached who should not be.
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countersignHono } from '../../src/adapters/hono.js'
import { listen, type RunningAdapter, type Seen } from './adapters.js'
import { createHttp1Attack, outcomesOf } from './attack.js'
import { ATTACKS } from './attacks.js'
import { exchangeHttp1 } from './raw-client.js'
import { createTestbed } from './testbed.js'

// What was sent is, for everybody behind the runtime, what was signed.
const NORMALISED_TO_WHAT_WAS_SIGNED = [
  'A2 signed /o/1, sent /admin/%2e%2e/o/1',
  'A3 signed /v1/admin, sent /v1/orders/../admin',
  'A4 signed in origin form, sent in absolute-form',
]
// Good where the wire is seen. Here the host is made lower-case, headers are joined otherwise than they are signed,
// and a GET has no body.
const NOT_TO_BE_PROVEN = [
  'A5 upper case is the same host, signed as sent',
  'A7 another header twice is joined in wire order',
  'B8 GET with a signed body',
]

describe('attacks: hono on a fetch runtime', () => {
  const reached: Seen[] = []
  let running: RunningAdapter
  beforeAll(async () => {
    const { checkTarget, verified, answerError } = countersignHono(createTestbed().verifier, {
      onError: () => undefined,
    })
    const app = new Hono()
    app.onError(answerError)
    app.use(checkTarget)
    app.all('*', verified({ scopes: ['orders:status:write'] }), c => {
      reached.push({ caller: c.get('caller'), body: Buffer.from(c.get('rawBody')) })
      return c.text(c.get('caller').partnerId)
    })
    const listener = getRequestListener(request => app.fetch(request), { overrideGlobalObjects: false })
    running = await listen(createServer(listener))
  })
  afterAll(() => running.close())

  for (const attack of ATTACKS.filter(({ only }) => only !== '2')) {
    const title = `${attack.id} ${attack.name}`
    it(title, async () => {
      reached.length = 0
      const { answers } = await exchangeHttp1(running.port, createHttp1Attack(attack), attack.hangUp)
      const final = answers.filter(({ status }) => status >= 200)
      const wanted = outcomesOf(attack, '1.1').filter(({ kind }) => kind === 'accepted').length
      const allowed = NORMALISED_TO_WHAT_WAS_SIGNED.includes(title) ? 1 : wanted
      expect(reached.length, JSON.stringify(final)).toBe(NOT_TO_BE_PROVEN.includes(title) ? 0 : allowed)
      for (const { status } of final) expect(status).toBeLessThan(500)
    })
  }
})
