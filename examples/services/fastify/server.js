// A Fastify service that takes order statuses from verified partners only.
//   PORT=3000 PARTNER_SECRET=… node examples/services/fastify/server.js
import {
  createMemoryCredentialStore,
  createMemoryReplayGuard,
  createRequestVerifier,
  hmacSignature,
} from '@countersign/server-verify'
import { answerFrameworkError, countersignFastify } from '@countersign/server-verify/fastify'
import { answerClientError } from '@countersign/server-verify/node'
import fastify from 'fastify'

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

// Also what is not even HTTP, and a path that Fastify cannot decode, is answered with a problem.
const app = fastify({ clientErrorHandler: answerClientError, frameworkErrors: answerFrameworkError })
await app.register(countersignFastify, { verifier })

app.post(
  '/v1/orders/:orderId/statuses',
  { onRequest: app.verified({ scopes: ['orders:status:write'] }) },
  async (request, reply) => {
    const { status } = JSON.parse((await request.rawBody()).toString('utf8'))
    const { orderId } = request.params
    console.log(`${request.caller.partnerId} says that order ${orderId} is ${status}`)
    return reply.code(202).send({ partner: request.caller.partnerId, order: orderId, status })
  },
)

const url = await app.listen({ port: Number(PORT), host: '127.0.0.1' })
console.log(`listening on ${url}`)
