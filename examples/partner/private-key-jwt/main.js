// Access tokens of an OAuth client that has no secret: it signs assertions with a private key (RFC 7523).
//   PARTNER_BASE_URL=… PARTNER_ISSUER=… PARTNER_CLIENT_ID=… PARTNER_PRIVATE_KEY_FILE=client.pem \
//     node examples/partner/private-key-jwt/main.js
// With a sandbox PARTNER_READY_FILE takes the place of the last two.
import { readFileSync } from 'node:fs'
import { clientCredentialsAuth, PartnerClient, Secret, secretFromFile } from '@countersign/sdk'

const { PARTNER_BASE_URL, PARTNER_ENVIRONMENT = 'live' } = process.env
const { PARTNER_ISSUER, PARTNER_SCOPE = 'orders:status:write' } = process.env
const { clientId, privateKey } = readClient(process.env)

const client = new PartnerClient({
  baseUrl: PARTNER_BASE_URL,
  auth: clientCredentialsAuth({
    environment: PARTNER_ENVIRONMENT,
    issuer: PARTNER_ISSUER,
    clientId,
    authentication: { method: 'private_key_jwt', privateKey },
    scope: PARTNER_SCOPE.split(' '),
    allowHttpOnLoopback: PARTNER_ISSUER.startsWith('http:'), // a sandbox on this machine
  }),
})
const { credentialId, scheme } = await client.whoami()
console.log(`calls as ${credentialId} with an ${scheme}`)
const { orderId, currentStatus } = await client.orders.pushStatus('P-JWT', {
  status: 'packed',
  occurredAt: new Date(),
})
await client.close()
console.log(`${orderId} is ${currentStatus}`)

function readClient({ PARTNER_READY_FILE, PARTNER_CLIENT_ID, PARTNER_PRIVATE_KEY_FILE }) {
  // A function, not the key: the file is read again when the authorization server no longer takes the old one.
  if (PARTNER_PRIVATE_KEY_FILE !== undefined)
    return { clientId: PARTNER_CLIENT_ID, privateKey: secretFromFile(PARTNER_PRIVATE_KEY_FILE) }
  const { assertion } = JSON.parse(readFileSync(PARTNER_READY_FILE, 'utf8')).oauth
  return { clientId: assertion.clientId, privateKey: new Secret(assertion.privateKeyPem) }
}
