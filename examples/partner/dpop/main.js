// Access tokens that are bound to a key (DPoP, RFC 9449): whoever steals one cannot use it. The key is made anew for this
// process and never leaves it; every request carries a proof signed with it.
//   PARTNER_BASE_URL=… PARTNER_ISSUER=… PARTNER_CLIENT_ID=… PARTNER_CLIENT_SECRET=… node examples/partner/dpop/main.js
import { clientCredentialsAuth, PartnerClient, secretFromEnvironment } from '@countersign/sdk'

const {
  PARTNER_BASE_URL,
  PARTNER_ENVIRONMENT = 'live',
  PARTNER_ISSUER,
  PARTNER_CLIENT_ID,
  PARTNER_SCOPE = 'orders:status:write',
} = process.env

const client = new PartnerClient({
  baseUrl: PARTNER_BASE_URL,
  auth: clientCredentialsAuth({
    environment: PARTNER_ENVIRONMENT,
    issuer: PARTNER_ISSUER,
    clientId: PARTNER_CLIENT_ID,
    authentication: {
      method: 'client_secret_basic',
      clientSecret: secretFromEnvironment('PARTNER_CLIENT_SECRET'),
    },
    dpop: true,
    scope: PARTNER_SCOPE.split(' '),
    allowHttpOnLoopback: PARTNER_ISSUER.startsWith('http:'), // a sandbox on this machine
  }),
  onDebug: event => {
    if (event.type === 'token_issued') console.log(`a token for ${event.expiresInMs / 1000} s`)
  },
})
const { orderId, currentStatus } = await client.orders.pushStatus('P-DPOP', {
  status: 'packed',
  occurredAt: new Date(),
})
await client.close()
console.log(`${orderId} is ${currentStatus}`)
