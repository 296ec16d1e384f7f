// One status of one order, signed with a shared secret (HMAC). Throttling, outages and lost answers are the client's
// business: it signs and sends again, and the event is recorded once.
//   PARTNER_BASE_URL=… PARTNER_KEY_ID=… PARTNER_SECRET=… node examples/partner/single-push/main.js [ORDER_ID [STATUS]]
import { hmacAuth, OrderStatusError, PartnerClient, secretFromEnvironment } from '@countersign/sdk'

const { PARTNER_BASE_URL, PARTNER_KEY_ID, PARTNER_ENVIRONMENT = 'live', PARTNER_API = 'orders' } = process.env
const [orderId = 'P-SINGLE', status = 'shipped'] = process.argv.slice(2)

const client = new PartnerClient({
  baseUrl: PARTNER_BASE_URL,
  auth: hmacAuth({
    keyId: PARTNER_KEY_ID,
    secret: secretFromEnvironment('PARTNER_SECRET'),
    environment: PARTNER_ENVIRONMENT,
    api: PARTNER_API,
  }),
})

try {
  const receipt = await client.orders.pushStatus(orderId, {
    status,
    occurredAt: new Date(), // when it happened, not when it is sent
    shipment: { carrier: 'Acme Express', trackingNumber: 'AE-0001' },
  })
  console.log(`event ${receipt.eventId} was recorded at ${receipt.recordedAt}`)
  console.log(`${receipt.orderId} is ${receipt.currentStatus}`)
} catch (error) {
  if (!(error instanceof OrderStatusError)) throw error
  for (const { pointer, detail } of error.errors) console.error(`${pointer}: ${detail}`)
  process.exitCode = 1
} finally {
  await client.close()
}
