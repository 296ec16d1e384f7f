// What is Express's own; the attacks are in conformance/.
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import express5 from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { countersignExpress } from '../src/adapters/express.js'
import { exchangeHttp1, findHeader, type WireAnswer } from './conformance/raw-client.js'
import { createTestbed, signRequest } from './conformance/testbed.js'
import { toHttp1 } from './conformance/wire-message.js'
import type { SignedRequest, SignParameters } from './independent-signer.js'

const express4: typeof express5 = createRequire(import.meta.url)('express4')
const WRITE = { scopes: ['orders:status:write'] }
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function listen(app: express5.Express): Promise<(request: SignedRequest) => Promise<WireAnswer>> {
  const server = app.listen(0, '127.0.0.1')
  closing.push(() => server.close())
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return async request => (await exchangeHttp1(port, toHttp1(request))).answers.at(-1)!
}

const json = (change: Partial<SignParameters> = {}): SignedRequest =>
  signRequest({ body: '{"status":"shipped"}', headers: [['Content-Type', 'application/json']], ...change })

describe.each([
  ['express 5', express5],
  ['express 4', express4],
])('%s', (_, express) => {
  const troubles: unknown[] = []
  const create = (): ReturnType<typeof countersignExpress> => {
    troubles.length = 0
    return countersignExpress(createTestbed().verifier, error => troubles.push(error))
  }

  it('a route with parameters, in a router under a mount', async () => {
    const { checkTarget, verified, answerError } = create()
    const router = express.Router()
    router.post('/orders/:id/statuses', verified(WRITE), (req, res) => {
      const { status } = JSON.parse(req.rawBody.toString())
      res.status(202).json({ partner: req.caller.partnerId, id: req.params['id'], status })
    })
    const send = await listen(express().use(checkTarget).use('/v1', router).use(answerError))
    const answer = await send(json())
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      202,
      { partner: 'acme', id: 'A-1001', status: 'shipped' },
    ])
  })

  it('a parser in front is a mistake of the service: next(error) with a code, 500, at the first request', async () => {
    const { verified } = create()
    const seen: unknown[] = []
    const app = express().use(express.json()).use(verified(WRITE))
    app.use(
      (error: unknown, _req: express5.Request, res: express5.Response, _next: express5.NextFunction) => {
        seen.push(error)
        res.status((error as { status: number }).status).end()
      },
    )
    const send = await listen(app)
    expect((await send(json())).status).toBe(500)
    expect(seen).toMatchObject([
      { code: 'body_read_before_verification', message: expect.stringContaining('before every body parser') },
    ])
  })

  it('the same with answerError: 503, told to the operator', async () => {
    const { verified, answerError } = create()
    const send = await listen(express().use(express.json()).use(verified(WRITE)).use(answerError))
    const answer = await send(json())
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([503, 'internal_error'])
    expect(troubles).toMatchObject([{ code: 'body_read_before_verification' }])
  })

  it('a second verified(…) on the way is a mistake, too, and no replay', async () => {
    const { verified, answerError } = create()
    const send = await listen(express().use(verified(WRITE)).use(verified(WRITE)).use(answerError))
    const answer = await send(json())
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([503, 'internal_error'])
  })

  it('checkTarget speaks where no route fits', async () => {
    const { checkTarget } = create()
    const send = await listen(express().use(checkTarget))
    const answer = await send(json({ target: '//nowhere' }))
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([400, 'target_not_canonical'])
    expect(findHeader(answer, 'content-type')).toBe('application/problem+json')
    expect((await send(json({ target: '/nowhere' }))).status).toBe(404)
  })

  it("errors of a handler are the application's", async () => {
    const { verified, answerError } = create()
    const app = express().use(verified(WRITE))
    app.use(() => {
      throw new Error('mine')
    })
    app.use(answerError)
    app.use((error: Error, _req: express5.Request, res: express5.Response, _next: express5.NextFunction) => {
      res.status(418).end(error.message)
    })
    const answer = await (await listen(app))(json())
    expect([answer.status, answer.body]).toEqual([418, 'mine'])
    expect(troubles).toEqual([])
  })
})
