// A program that speaks HTTP by itself, with undici: one interceptor signs what it sends. Retries are undici's; they stand
// after the signing one, so that every attempt is signed anew.
//   PARTNER_BASE_URL=… PARTNER_KEY_ID=… PARTNER_SECRET=… node examples/partner/undici-interceptor/main.js
import { hmacAuth, signingInterceptor } from '@countersign/sdk/signing'
import { Agent, interceptors, request } from 'undici'

const {
  PARTNER_BASE_URL,
  PARTNER_KEY_ID,
  PARTNER_SECRET,
  PARTNER_ENVIRONMENT = 'live',
  PARTNER_API = 'orders',
} = process.env

const auth = hmacAuth({
  keyId: PARTNER_KEY_ID,
  secret: PARTNER_SECRET,
  environment: PARTNER_ENVIRONMENT,
  api: PARTNER_API,
})
const retry = interceptors.retry({
  maxRetries: 8,
  methods: ['GET', 'POST'],
  statusCodes: [429, 502, 503, 504],
})
const dispatcher = new Agent().compose(signingInterceptor(auth), retry)

async function call(method, path, body) {
  const url = new URL(path, PARTNER_BASE_URL)
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const answer = await request(url, { dispatcher, method, headers, body: body && JSON.stringify(body) })
  const json = await answer.body.json()
  if (answer.statusCode >= 400)
    throw new Error(`${method} ${path}: ${answer.statusCode} ${json.code}: ${json.detail}`)
  return json
}

// Repeating this POST is harmless, because the event has an id: the platform records one id once.
await call('POST', '/v1/orders/P-UNDICI/statuses', {
  eventId: crypto.randomUUID(),
  status: 'shipped',
  occurredAt: new Date().toISOString(),
})
const { orderId, currentStatus } = await call('GET', '/v1/orders/P-UNDICI')
await dispatcher.close()
console.log(`${orderId} is ${currentStatus}`)
