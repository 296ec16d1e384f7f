// B6 and C3–C11: what several requests, or the state of the service, can do.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { RateLimit } from '../../src/index.js'
import { expectProblem } from './expect-outcome.js'
import { exchangeHttp1, findHeader, type WireAnswer } from './raw-client.js'
import { describeAnswer, type StateAttack } from './state-attack.js'
import { ACME, GLOBEX_KEY, NOW, signRequest } from './testbed.js'
import { toHttp1 } from './wire-message.js'

const REPLAYED = '409 request_replayed'
const WARMING = '503 replay_guard_warming'
const FULL = '503 replay_guard_full'
const COPIES = 200

/** So many verified requests in all; nothing comes back by time. */
function createQuota(limit: number): RateLimit & { used: number } {
  const window = { limit, resetSeconds: 30, windowSeconds: 60 }
  return {
    used: 0,
    consume() {
      const allowed = this.used < limit
      if (allowed) this.used++
      return { allowed, remaining: limit - this.used, ...window }
    },
    refund() {
      this.used--
    },
  }
}

/** An answer without what differs from one request to the next. */
function shape(answer: WireAnswer): string {
  const id = findHeader(answer, 'x-request-id')!
  const headers = answer.headers.filter(([name]) => name !== 'date')
  return JSON.stringify({ ...answer, headers }).replaceAll(id, 'ID')
}

const ONE_WINNER: readonly StateAttack[] = [
  {
    id: 'C3',
    name: `${COPIES} concurrent copies: one wins`,
    async run({ send, reached, guard }) {
      const request = signRequest()
      const answers = await send(...Array<typeof request>(COPIES).fill(request))
      const found = answers.map(describeAnswer)
      expect(found.filter(outcome => outcome === '200')).toHaveLength(1)
      expect(found.filter(outcome => outcome === REPLAYED)).toHaveLength(COPIES - 1)
      expect([reached.length, guard.size]).toEqual([1, 1])
    },
  },
  {
    id: 'C3',
    name: '20 copies pipelined on one connection: one wins',
    only: '1.1',
    async run({ port, reached }) {
      const last = toHttp1(signRequest())
      const copy = last.replace('Connection: close\r\n', '')
      const { answers } = await exchangeHttp1(port, copy.repeat(19) + last)
      expect(answers.map(describeAnswer)).toEqual(['200', ...Array<string>(19).fill(REPLAYED)])
      expect(reached).toHaveLength(1)
    },
  },
  {
    id: 'C3',
    name: 'copies of many requests at once: each wins once',
    async run({ send, reached }) {
      const requests = Array.from({ length: 20 }, () => signRequest())
      const answers = await send(...requests, ...requests, ...requests)
      expect(answers.map(describeAnswer).filter(outcome => outcome === '200')).toHaveLength(20)
      expect(new Set(reached.map(({ caller }) => caller.signedHeaders.get('x-partner-nonce'))).size).toBe(20)
    },
  },
]

const WINDOWS: readonly StateAttack[] = [
  {
    id: 'C4',
    name: 'a request from the future is remembered as long as it is fresh',
    async run({ clock, outcomes }) {
      const request = signRequest({ timestamp: '20261121T233540Z' })
      expect(await outcomes(request)).toEqual(['200'])
      for (const seconds of [1, 299, 599, 600]) {
        clock.now = NOW + seconds * 1000
        expect(await outcomes(request), `${seconds} s later`).toEqual([REPLAYED])
      }
      clock.now = NOW + 601_000
      expect(await outcomes(request)).toEqual(['401 clock_skew'])
    },
  },
  {
    id: 'C4',
    name: 'a request at the old end of the window is remembered, too',
    async run({ clock, outcomes }) {
      const request = signRequest({ timestamp: '20261121T232540Z' })
      expect(await outcomes(request, request)).toEqual(['200', REPLAYED])
      clock.now = NOW + 1
      expect(await outcomes(request)).toEqual(['401 clock_skew'])
    },
  },
  {
    id: 'C4',
    name: 'a clock that is set back lets nothing through twice',
    async run({ clock, outcomes }) {
      const request = signRequest()
      expect(await outcomes(request)).toEqual(['200'])
      clock.now = NOW + 700_000
      expect(await outcomes(signRequest({ timestamp: '20261121T234220Z' }))).toEqual(['200'])
      clock.now = NOW
      expect(['409 request_replayed', WARMING]).toContain((await outcomes(request))[0])
    },
  },
  {
    id: 'C11',
    name: 'replay off: a GET may come twice, a POST may not',
    stage: { requirement: { replay: 'off' } },
    async run({ outcomes }) {
      const get = signRequest({ method: 'GET', body: '' })
      const post = signRequest()
      expect(await outcomes(get, get, post, post)).toEqual(['200', '200', '200', REPLAYED])
    },
  },
  {
    id: 'C11',
    name: 'replay strict: a GET may not come twice',
    async run({ outcomes }) {
      const get = signRequest({ method: 'GET', body: '' })
      expect(await outcomes(get, get)).toEqual(['200', REPLAYED])
    },
  },
]

const STORE: readonly StateAttack[] = [
  {
    id: 'C5',
    name: '500 wrong signatures, unknown keys and stale requests leave nothing in the store',
    async run({ send, guard, reached }) {
      const wrong = Array.from({ length: 500 }, (_, i) =>
        signRequest(
          [{ secret: 'wrong' }, { keyId: `nobody_${i}` }, { timestamp: '20261120T233040Z' }][i % 3],
        ),
      )
      for (let i = 0; i < wrong.length; i += 100)
        for (const answer of await send(...wrong.slice(i, i + 100))) expect(answer.status).toBe(401)
      expect([guard.size, reached.length]).toEqual([0, 0])
    },
  },
  {
    id: 'C5',
    name: 'a copy with a wrong signature does not use up the right one',
    async run({ outcomes }) {
      const request = signRequest()
      const forged = { ...request, body: Buffer.from('forged') }
      expect(await outcomes(forged, forged, request)).toEqual([
        '401 invalid_credentials',
        '401 invalid_credentials',
        '200',
      ])
    },
  },
  {
    id: 'C6',
    name: 'a full store is 503, and what is in it stays',
    stage: { guard: { maxEntries: 3, maxPartnerShare: 1 } },
    async run({ send, outcomes, reached }) {
      const kept = [signRequest(), signRequest(), signRequest()]
      expect(await outcomes(...kept)).toEqual(['200', '200', '200'])
      const [answer] = await send(signRequest())
      expectProblem(answer!, 503, 'replay_guard_full')
      expect(await outcomes(...kept, signRequest())).toEqual([REPLAYED, REPLAYED, REPLAYED, FULL])
      expect(reached).toHaveLength(3)
    },
  },
  {
    id: 'C6',
    name: 'a refused claim is no claim: once there is room the same request passes',
    stage: { guard: { maxEntries: 1, maxPartnerShare: 1 } },
    async run({ clock, outcomes }) {
      const early = signRequest({ timestamp: '20261121T232540Z' })
      const request = signRequest({ timestamp: '20261121T233540Z' })
      expect(await outcomes(early, request)).toEqual(['200', FULL])
      clock.now = NOW + 301_000
      const next = signRequest({ timestamp: '20261121T233541Z' })
      expect(await outcomes(request, request, next)).toEqual(['200', REPLAYED, FULL])
    },
  },
  {
    id: 'C6',
    name: 'one partner fills its share, not that of the others',
    stage: { guard: { maxEntries: 4, maxPartnerShare: 0.5 } },
    async run({ outcomes }) {
      expect(await outcomes(signRequest(), signRequest(), signRequest())).toEqual(['200', '200', FULL])
      expect(await outcomes(signRequest(GLOBEX_KEY))).toEqual(['200'])
    },
  },
  {
    id: 'C7',
    name: 'started without a snapshot: what an earlier process may have seen is 503',
    stage: { upMs: 0 },
    async run({ clock, send, outcomes, reached }) {
      const last = signRequest({ timestamp: '20261121T233540Z' })
      const [answer] = await send(signRequest())
      expectProblem(answer!, 503, 'replay_guard_warming')
      expect(findHeader(answer!, 'retry-after')).toBe('301')
      expect(await outcomes(signRequest({ timestamp: '20261121T232540Z' }), last)).toEqual([WARMING, WARMING])
      clock.now = NOW + 1000
      expect(await outcomes(last, signRequest({ timestamp: '20261121T233541Z' }))).toEqual([WARMING, '200'])
      expect(await outcomes(signRequest({ secret: 'wrong' }))).toEqual(['401 invalid_credentials'])
      expect(reached).toHaveLength(1)
    },
  },
  {
    id: 'C7',
    name: 'started without a snapshot: a credential that is younger than the process',
    stage: {
      upMs: 0,
      credentials: [{ ...ACME, keyId: 'acme_2026_b', secret: 'only-for-tests-new', createdAt: NOW }],
    },
    async run({ outcomes }) {
      const request = signRequest({ keyId: 'acme_2026_b', secret: 'only-for-tests-new' })
      expect(await outcomes(request, request)).toEqual(['200', REPLAYED])
    },
  },
  {
    id: 'C7',
    name: 'started with its snapshot: nothing is forgotten, nobody has to wait',
    async run({ open }) {
      const directory = mkdtempSync(join(tmpdir(), 'replay-'))
      try {
        const guard = { snapshotFile: join(directory, 'claims') }
        const request = signRequest()
        const before = await open({ guard })
        expect(await before.outcomes(request)).toEqual(['200'])
        before.guard.close()
        const after = await open({ guard, upMs: 0 })
        expect(await after.outcomes(request, signRequest())).toEqual([REPLAYED, '200'])
        after.guard.close()
      } finally {
        rmSync(directory, { recursive: true })
      }
    },
  },
  {
    id: 'C8',
    name: 'the same nonce and body of two partners are two requests',
    async run({ outcomes }) {
      const nonce = 'the-same-nonce-for-both'
      const acme = signRequest({}, nonce)
      const globex = signRequest(GLOBEX_KEY, nonce)
      expect(await outcomes(acme, globex, acme, globex)).toEqual(['200', '200', REPLAYED, REPLAYED])
    },
  },
  {
    id: 'C9',
    name: 'other spellings of an accepted request are the same request, or none',
    async run({ outcomes, reached }) {
      const request = signRequest({ headers: [['X-Note', 'a b']] })
      const spell = (from: string | RegExp, to: string): typeof request => {
        const rawHeaders = request.rawHeaders.map(value => value.replace(from, to))
        expect(rawHeaders).not.toEqual(request.rawHeaders)
        return { ...request, rawHeaders }
      }
      expect(await outcomes(request)).toEqual(['200'])
      const same = [
        spell(', SignedHeaders', ',SignedHeaders'),
        spell(', Signature', ',    Signature'),
        spell('SHA256 Credential', 'SHA256   Credential'),
        spell('a b', 'a    b'),
        { ...request, rawHeaders: [...request.rawHeaders, 'X-Unsigned', '1'] },
        { ...request, rawHeaders: [...request.rawHeaders.slice(-2), ...request.rawHeaders.slice(0, -2)] },
      ]
      expect(await outcomes(...same)).toEqual(same.map(() => REPLAYED))
      const upper = spell(request.signature, request.signature.toUpperCase())
      expect(await outcomes(upper)).toEqual(['400 authorization_malformed'])
      expect(reached).toHaveLength(1)
    },
  },
]

const QUOTAS: readonly StateAttack[] = [
  {
    id: 'C10',
    name: 'refused for its quota, a request is not used up',
    async run({ open }) {
      const rateLimit = createQuota(1)
      const { send, outcomes, reached } = await open({ verifier: { rateLimit } })
      const request = signRequest()
      expect(await outcomes(signRequest())).toEqual(['200'])
      const [limited] = await send(request)
      expectProblem(limited!, 429, 'rate_limited')
      expect(findHeader(limited!, 'retry-after')).toBe('30')
      rateLimit.used = 0
      expect(await outcomes(request, request)).toEqual(['200', REPLAYED])
      expect(reached).toHaveLength(2)
    },
  },
  {
    id: 'C10',
    name: 'replays cost no quota, one after the other or at once',
    async run({ open }) {
      const rateLimit = createQuota(2)
      const { send, outcomes } = await open({ verifier: { rateLimit } })
      const request = signRequest()
      expect(await outcomes(request, request, request)).toEqual(['200', REPLAYED, REPLAYED])
      await send(...Array<typeof request>(50).fill(request))
      expect(rateLimit.used).toBe(1)
      expect(await outcomes(signRequest(), signRequest())).toEqual(['200', '429 rate_limited'])
    },
  },
  {
    id: 'C10',
    name: 'a store that is full gives the quota back',
    async run({ open }) {
      const rateLimit = createQuota(10)
      const guard = { maxEntries: 1, maxPartnerShare: 1 }
      const { outcomes } = await open({ verifier: { rateLimit }, guard })
      expect(await outcomes(signRequest(), signRequest(), signRequest())).toEqual(['200', FULL, FULL])
      expect(rateLimit.used).toBe(1)
    },
  },
]

const ANSWERS: readonly StateAttack[] = [
  {
    id: 'B6',
    name: 'a body that something read before is a mistake of the service, never a 401 and never let through',
    stage: { bodyIsReadBefore: true },
    async run({ send, reached }) {
      const [answer] = await send(signRequest())
      expectProblem(answer!, 503, 'internal_error')
      expect(reached).toHaveLength(0)
    },
  },
  {
    id: 'D8',
    name: 'unknown key, wrong signature, revoked and expired: the same bytes but for request id and date',
    stage: {
      credentials: [
        { ...ACME, keyId: 'acme_gone_1', secret: 'only-for-tests-gone', state: 'revoked' },
        { ...ACME, keyId: 'acme_past_1', secret: 'only-for-tests-past', notAfter: NOW },
      ],
    },
    async run({ send, reached }) {
      const answers = await send(
        signRequest({ secret: 'wrong' }),
        signRequest({ keyId: 'nobody_2026' }),
        signRequest({ keyId: 'acme_gone_1', secret: 'only-for-tests-gone' }),
        signRequest({ keyId: 'acme_past_1', secret: 'only-for-tests-past' }),
        { ...signRequest(), body: Buffer.from('forged') },
      )
      for (const answer of answers) expectProblem(answer, 401, 'invalid_credentials')
      expect([...new Set(answers.map(shape))]).toHaveLength(1)
      expect(reached).toHaveLength(0)
    },
  },
]

export const STATE_ATTACKS: readonly StateAttack[] = [
  ...ONE_WINNER,
  ...WINDOWS,
  ...STORE,
  ...QUOTAS,
  ...ANSWERS,
]
