// Why: like check-signers.mjs, for the signer of RFC 9421. Shows that its Ed25519 headers are byte for byte those of the
// vectors, that its P-256 signature verifies, that a sandbox takes its push and says 422 to a wrong status, that its proof of
// possession is one, and that the private key stands on no command line.
import { execFile } from 'node:child_process'
import { createPrivateKey, createPublicKey, verify } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const signer = join(root, 'examples', 'signers', 'http-message-signature', 'sign.sh')
const NEEDS = ['bash', 'openssl', 'curl', 'sed', 'head', 'grep', 'tr', 'date', 'mktemp']
const PKCS8 = {
  ed25519: '302e020100300506032b657004220420',
  'ecdsa-p256-sha256': '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420',
}

/** @returns {Promise<string>} what to print @throws {Error} what is wrong */
export async function checkMessageSigner({ temp, ready, watchPrograms }) {
  const own = join(temp, 'http-message-signature')
  mkdirSync(own)
  const log = join(own, 'command-lines')
  const PATH = watchPrograms(own, NEEDS, log)
  const call = (args, keyId, keyFile) =>
    new Promise(resolve => {
      const env = { ...process.env, PATH, PARTNER_KEY_ID: keyId, PARTNER_KEY_FILE: keyFile }
      execFile('bash', [signer, ...args], { env, encoding: 'buffer' }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : 1, bytes: stdout, output: `${stdout}${stderr}` }),
      )
    })

  const vectors = await checkVectors(own, call)
  const { keyId, privateKeyPem } = ready.httpSignature
  const keyFile = join(own, 'private.pem')
  writeFileSync(keyFile, privateKeyPem, { mode: 0o600 })
  const accepted = await call(['push', ready.url, 'SIGNER-rfc9421', 'shipped'], keyId, keyFile)
  expect(accepted.code === 0 && accepted.output.startsWith('202 '), `push: ${accepted.output}`)
  const refused = await call(['push', ready.url, 'SIGNER-rfc9421', 'no_such_status'], keyId, keyFile)
  expect(refused.code === 1 && refused.output.startsWith('422 '), `push of a wrong status: ${refused.output}`)

  const challenge = join(own, 'challenge.txt')
  writeFileSync(challenge, 'countersign-key-enrolment-v1\n')
  const { bytes } = await call(['prove', challenge], keyId, keyFile)
  const publicKey = createPublicKey(createPrivateKey(privateKeyPem))
  expect(verify(null, readFileSync(challenge), publicKey, bytes), 'prove: the proof does not verify')

  const lines = existsSync(log) ? readFileSync(log, 'latin1') : ''
  expect(lines.length > 0, 'no program was watched')
  expect(!lines.includes(privateKeyPem.split('\n')[1]), 'the private key stands on a command line')
  return `${vectors} vectors, 202, proof of possession`
}

async function checkVectors(own, call) {
  const { keys, vectors } = JSON.parse(
    readFileSync(join(root, 'test-vectors', 'http-message-signatures.json'), 'utf8'),
  )
  const wanted = ['push-ed25519', 'push-p256', 'get', 'get-query', 'port']
  for (const id of wanted) {
    const { key, request, expected, signatureInput, signature } = vectors.find(vector => vector.id === id)
    const { algorithm, publicKey, private: secret } = keys[key]
    const der = Buffer.from(PKCS8[algorithm] + secret, 'hex')
    const keyFile = join(own, `${id}.pem`)
    const pem = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`
    writeFileSync(keyFile, pem, { mode: 0o600 })
    const bodyFile = join(own, `${id}.body`)
    writeFileSync(bodyFile, Buffer.from(request.bodyBase64, 'base64'))
    const [[, authority]] = request.headers
    const { created, nonce } = expected.parameters
    const body = request.bodyBase64 === '' ? '-' : bodyFile
    const args = ['headers', request.method, authority, request.target, body, String(created), nonce]
    const { output } = await call(args, key, keyFile)
    const headers = Object.fromEntries(
      output
        .trim()
        .split('\n')
        .map(line => line.split(/: (.*)/)),
    )
    expect(
      headers['Signature-Input'] === signatureInput,
      `${id}: Signature-Input is ${headers['Signature-Input']}`,
    )
    const raw = Buffer.from(/^sig1=:(.*):$/.exec(headers.Signature)?.[1] ?? '', 'base64')
    const fits =
      algorithm === 'ed25519'
        ? headers.Signature === signature
        : verify(
            'sha256',
            Buffer.from(expected.signatureBase),
            { key: publicKey, dsaEncoding: 'ieee-p1363' },
            raw,
          )
    expect(fits, `${id}: the signature is not one of the vector's base`)
  }
  return wanted.length
}

function expect(holds, problem) {
  if (!holds) throw new Error(problem.trim())
}
