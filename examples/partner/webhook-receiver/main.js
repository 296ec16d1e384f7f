// Receives webhooks with nothing but node:http. Only what the platform signed for this host, lately, and not seen before is
// acted upon; everything else is refused before its body is parsed.
//   PORT=3000 PARTNER_WEBHOOK_KEY_ID=… PARTNER_WEBHOOK_SECRET=… node examples/partner/webhook-receiver/main.js
// In production also PARTNER_WEBHOOK_HOST=hooks.acme.example: the name at which the platform reaches it.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createWebhookVerifier, WebhookError } from '@countersign/sdk/webhooks'

const { PORT = 3000, PARTNER_ENVIRONMENT = 'live', PARTNER_WEBHOOK_HOST } = process.env
const { PARTNER_WEBHOOK_KEY_ID, PARTNER_WEBHOOK_SECRET } = process.env
const MAX_BODY_BYTES = 1_048_576

const server = createServer((request, response) => {
  receive(request).then(
    status => response.writeHead(status).end(),
    error => {
      if (error instanceof WebhookError) console.log(`refused: ${error.code}`)
      else console.error(error)
      response.writeHead(error instanceof WebhookError ? error.status : 500).end()
    },
  )
})
server.listen(Number(PORT), '127.0.0.1')
await once(server, 'listening')
const host = `127.0.0.1:${server.address().port}`
const verifier = createWebhookVerifier({
  // Two while one takes the place of the other.
  keys: [{ keyId: PARTNER_WEBHOOK_KEY_ID, secret: PARTNER_WEBHOOK_SECRET }],
  environment: PARTNER_ENVIRONMENT,
  hosts: [PARTNER_WEBHOOK_HOST ?? host],
})
console.log(`listening on http://${host}`)

// In production a table with a unique column: a webhook comes again until it was answered with 2xx.
const seen = new Set()

async function receive(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) return 413
    chunks.push(chunk)
  }
  const { method, url: target, rawHeaders } = request
  const webhook = await verifier.verify({ method, target, rawHeaders, body: Buffer.concat(chunks) })
  const { id, type, data } = webhook.json()
  if (!seen.has(id)) console.log(`${type} ${data.orderId}`)
  seen.add(id)
  return 204
}

process.once('SIGTERM', () => server.close(() => console.log('closed')))
