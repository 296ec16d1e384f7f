// An Express service that takes order statuses from verified partners only.
//   PORT=3000 PARTNER_SECRET=… node examples/services/express/server.js
import {
  createMemoryCredentialStore,
  createMemoryReplayGuard,
  createRequestVerifier,
  hmacSignature,
} from '@countersign/server-verify'
import { countersignExpress } from '@countersign/server-verify/express'
import { answerClientError } from '@countersign/server-verify/node'
import express from 'express'

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

const { checkTarget, verified, answerError } = countersignExpress(verifier)
const app = express()
app.use(checkTarget)

// verified(…) stands before every body parser: it needs the bytes that were signed.
app.post('/v1/orders/:orderId/statuses', verified({ scopes: ['orders:status:write'] }), (req, res) => {
  const { status } = JSON.parse(req.rawBody.toString('utf8'))
  console.log(`${req.caller.partnerId} says that order ${req.params.orderId} is ${status}`)
  res.status(202).json({ partner: req.caller.partnerId, order: req.params.orderId, status })
})
app.use(answerError)

const server = app.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`)
})
// What is not even HTTP is answered with a problem, too.
server.on('clientError', answerClientError)
