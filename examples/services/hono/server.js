// A Hono service that takes order statuses from verified partners only.
//   PORT=3000 PARTNER_SECRET=… node examples/services/hono/server.js
import {
  createMemoryCredentialStore,
  createMemoryReplayGuard,
  createRequestVerifier,
  hmacSignature,
} from '@countersign/server-verify'
import { countersignHono } from '@countersign/server-verify/hono'
import { answerClientError } from '@countersign/server-verify/node'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const { PARTNER_SECRET = 'a-secret-for-this-example-only', PORT = 3000 } = process.env
const replay = createMemoryReplayGuard()
const verifier = createRequestVerifier({
  // In production a list: ['api.example.com'].
  authorities: host => /^(127\.0\.0\.1|localhost):\d+$/.test(host),
  environment: 'sandbox',
  api: 'orders',
  schemes: [hmacSignature()],
  credentials: createMemoryCredentialStore([
    {
      kind: 'hmac',
      keyId: 'acme_demo_1',
      secret: PARTNER_SECRET,
      partnerId: 'acme',
      environment: 'sandbox',
      scopes: ['orders:status:write'],
      state: 'active',
      createdAt: Date.now(),
    },
  ]),
  replay,
})

const { checkTarget, verified, answerError } = countersignHono(verifier)
const app = new Hono()
app.onError(answerError)
app.use(checkTarget)

// verified(…) stands before everything that reads the body: it needs the bytes that were signed.
app.post('/v1/orders/:orderId/statuses', verified({ scopes: ['orders:status:write'] }), async c => {
  const { status } = await c.req.json()
  const { partnerId } = c.get('caller')
  console.log(`${partnerId} says that order ${c.req.param('orderId')} is ${status}`)
  return c.json({ partner: partnerId, order: c.req.param('orderId'), status }, 202)
})

const options = { fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' }
const server = serve(options, ({ port }) => console.log(`listening on http://127.0.0.1:${port}`))
// What is not even HTTP is answered with a problem, too.
server.on('clientError', answerClientError)
