// Stands for an HSM: holds a private key (Ed25519 or P-256), tells its name, signs what it is given, and has no way to give
// the key away. Started by main.js.
import { createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'

const { keyId, privateKeyPem } = readKey(process.env)
const key = createPrivateKey(privateKeyPem)
const isEd25519 = key.asymmetricKeyType === 'ed25519'

process.on('message', ({ id, bytes }) => {
  // P-256: over the SHA-256 of the bytes, in DER, as most HSMs give it. The sdk brings it into the form that is sent.
  process.send({ id, signature: sign(isEd25519 ? null : 'sha256', bytes, key) })
})
process.on('disconnect', () => process.exit())
process.send({ keyId, algorithm: isEd25519 ? 'ed25519' : 'ecdsa-p256-sha256' })

function readKey({ PARTNER_READY_FILE, PARTNER_KEY_ID, PARTNER_PRIVATE_KEY_FILE }) {
  if (PARTNER_PRIVATE_KEY_FILE !== undefined)
    return { keyId: PARTNER_KEY_ID, privateKeyPem: readFileSync(PARTNER_PRIVATE_KEY_FILE, 'utf8') }
  return JSON.parse(readFileSync(PARTNER_READY_FILE, 'utf8')).httpSignature
}
