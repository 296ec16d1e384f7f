import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseChaos, type Sandbox, startSandbox } from '../src/index.js'
import { ApiClient, newEvent } from './api-client.js'

let sandbox: Sandbox
let api: ApiClient
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, chaos: parseChaos('429=0.2,503=0.2,lost=0.2,item503=0.1,seed=7') })
  api = new ApiClient(sandbox.ready)
})
afterAll(async () => {
  api?.close()
  await sandbox?.close()
})

it('answers 429 and 503 before, and loses answers after, the event was applied', async () => {
  const outcomes = new Map<string, number>()
  for (let index = 0; index < 60; index++) {
    const event = newEvent({ eventId: `evt_chaos_${String(index).padStart(8, '0')}` })
    let lost = false
    for (let attempt = 1; ; attempt++) {
      const outcome = await api.push('C-1', event).catch((error: NodeJS.ErrnoException) => error)
      const kind = outcome instanceof Error ? String(outcome.code) : String(outcome.status)
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1)
      if (kind === 'ECONNRESET') lost = true
      if (kind !== '202' || outcome instanceof Error) {
        expect(['429', '503', 'ECONNRESET']).toContain(kind)
        expect(attempt).toBeLessThan(50)
        continue
      }
      expect(outcome.body['replayed']).toBe(lost)
      break
    }
  }
  expect([...outcomes.keys()].sort()).toEqual(['202', '429', '503', 'ECONNRESET'])
})

it('leaves items undecided and holds back later ones of their order, until they are sent again', async () => {
  const items = Array.from({ length: 60 }, (_, index) =>
    newEvent({
      orderId: `C-2-${index % 6}`,
      occurredAt: new Date(Date.UTC(2026, 10, 1) + index).toISOString(),
    }),
  )
  const accepted: string[] = []
  const seen = new Set<number>()
  let waiting: readonly { eventId: string }[] = items
  while (waiting.length > 0) {
    const answer = await api.pushBatch(waiting).catch(() => undefined)
    if (answer?.status !== 200) continue
    const statuses = answer.body['results']!.map(result => Number(result['status']))
    for (const status of statuses) seen.add(status)
    accepted.push(...waiting.filter((_, index) => statuses[index] === 202).map(item => item.eventId))
    waiting = waiting.filter((_, index) => statuses[index] !== 202)
  }
  expect([...seen].sort()).toEqual([202, 424, 503])
  for (let order = 0; order < 6; order++) {
    const expected = items.filter((_, index) => index % 6 === order).map(item => item.eventId)
    expect(accepted.filter(eventId => expected.includes(eventId))).toEqual(expected)
  }
})

it('answers what is under way when it is closed', async () => {
  let reached = (): void => undefined
  const slow = await startSandbox({
    port: 0,
    chaos: parseChaos('latency=200ms'),
    now: () => {
      reached()
      return Date.now()
    },
  })
  const client = new ApiClient(slow.ready)
  const started = new Promise<void>(resolve => (reached = resolve))
  const answer = client.push('C-3', newEvent())
  await started
  await slow.close()
  expect((await answer).status).toBe(202)
  client.close()
})
