// HTTP Message Signatures (RFC 9421) with a key that this process never sees: hsm.js, a process of its own, holds it and
// does nothing but sign. Put the call of your HSM or KMS in its place.
//   PARTNER_BASE_URL=… PARTNER_KEY_ID=… PARTNER_PRIVATE_KEY_FILE=partner.pem node examples/partner/hsm-signer/main.js
// With a sandbox PARTNER_READY_FILE takes the place of the last two.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { httpSignatureAuth, PartnerClient } from '@countersign/sdk'

const { PARTNER_BASE_URL, PARTNER_ENVIRONMENT = 'live' } = process.env

const hsm = fork(join(import.meta.dirname, 'hsm.js'), { serialization: 'advanced' })
const [{ keyId, algorithm }] = await once(hsm, 'message')
console.log(`process ${hsm.pid} signs with ${algorithm} as ${keyId}`)
const waiting = new Map()
hsm.on('message', ({ id, signature }) => {
  waiting.get(id)?.resolve(signature)
  waiting.delete(id)
})
hsm.on('exit', () => {
  for (const { reject } of waiting.values()) reject(new Error('The HSM has gone.'))
})

let lastId = 0
/** Several requests may be under way at once: answers are told apart by an id. */
function sign(bytes) {
  const id = ++lastId
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject })
    hsm.send({ id, bytes })
  })
}

const client = new PartnerClient({
  baseUrl: PARTNER_BASE_URL,
  auth: httpSignatureAuth({ keyId, environment: PARTNER_ENVIRONMENT, signer: { algorithm, sign } }),
})
try {
  const parcels = ['P-HSM-1', 'P-HSM-2', 'P-HSM-3']
  const receipts = await Promise.all(
    parcels.map(orderId => client.orders.pushStatus(orderId, { status: 'packed', occurredAt: new Date() })),
  )
  for (const { orderId, currentStatus } of receipts) console.log(`${orderId} is ${currentStatus}`)
} finally {
  await client.close()
  hsm.disconnect()
}
