// What stands behind nginx.conf: the check on port 9000, and a service on 9001 that trusts what nginx tells it.
//   PARTNER_SECRET=… node examples/services/nginx/server.js
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import {
  createExtAuthzServer,
  createMemoryCredentialStore,
  createMemoryReplayGuard,
  createRequestId,
  createRequestVerifier,
  hmacSignature,
  toProblem,
  verifyBody,
} from '@countersign/server-verify'

const { PARTNER_SECRET = 'a-secret-for-this-example-only', CHECK_PORT = 9000, PORT = 9001 } = process.env
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

const check = createExtAuthzServer(verifier, {
  gateway: 'nginx',
  requirement: { scopes: ['orders:status:write'] },
}).listen(Number(CHECK_PORT), '127.0.0.1')

const service = createServer(async (request, response) => {
  try {
    const body = await buffer(request)
    const { partnerId } = verifyBody(request.rawHeaders, body)
    response.writeHead(202, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ partner: partnerId, status: JSON.parse(body.toString()).status }))
  } catch (error) {
    const { status, headers, body } = toProblem(error, { requestId: createRequestId() })
    response.writeHead(status, headers).end(JSON.stringify(body))
  }
}).listen(Number(PORT), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${service.address().port}, check on ${check.address().port}`)
})
