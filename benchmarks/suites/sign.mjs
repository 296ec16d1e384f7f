// @ts-check

import { Sha256 } from '@aws-crypto/sha256-js'
import {
  AWS_SCHEME,
  createPayloadHash,
  createRequestSignature,
  deriveSigningKey,
  deriveSigningKeyBytes,
} from '@countersign/protocol'
import { createRequestSigner } from '@countersign/sdk/signing'
import {
  BODY,
  CONTENT_TYPE,
  CREDENTIAL,
  createHeaders,
  HOST,
  METHOD,
  NONCE,
  NOW_MS,
  PATH,
  SCOPE,
  SIGNED_HEADERS,
  TIMESTAMP,
} from '../example-request.mjs'
import { interleave } from '../interleave.mjs'
import { createAws4Signer, createSmithySigner, NodeSha256 } from '../peers.mjs'
import { createFloor } from '../raw-floor.mjs'
import { createRatioGoal, createRatioRows, RATIO_COLUMNS } from '../table.mjs'

const signingKey = deriveSigningKey(AWS_SCHEME, CREDENTIAL.secret, SCOPE)
const parameters = {
  scheme: AWS_SCHEME,
  keyId: CREDENTIAL.keyId,
  scope: SCOPE,
  signingKey,
  timestamp: TIMESTAMP,
  signedHeaders: SIGNED_HEADERS,
}

function signWithProtocol() {
  const payloadHash = createPayloadHash(BODY)
  const headers = createHeaders(payloadHash)
  return createRequestSignature({ method: METHOD, path: PATH, query: '', headers, payloadHash }, parameters)
}

/** @param {() => string} [nonce] default: the sdk's own random ones */
function createSdkSigner(nonce) {
  const { keyId, secret } = CREDENTIAL
  const { environment, api } = SCOPE
  const signer = createRequestSigner({
    keyId,
    secret,
    environment,
    api,
    scheme: AWS_SCHEME,
    clock: () => NOW_MS,
    nonce,
  })
  const request = {
    method: METHOD,
    authority: HOST,
    path: PATH,
    headers: { 'content-type': CONTENT_TYPE },
    body: BODY,
  }
  return () => signer.sign(request).headers
}

/** @returns {Promise<import('../table.mjs').Report>} */
export async function run() {
  const ours = signWithProtocol()
  const payloadHash = createPayloadHash(BODY)
  const signers = {
    'sdk createRequestSigner': () => createSdkSigner(() => NONCE)()['authorization'],
    'smithy, @aws-crypto/sha256-js': createSmithySigner(Sha256, payloadHash),
    'smithy, node:crypto': createSmithySigner(NodeSha256, payloadHash),
    aws4: createAws4Signer(payloadHash),
  }
  for (const [name, sign] of Object.entries(signers)) {
    const theirs = await sign()
    if (theirs !== ours.authorization)
      throw new Error(`${name} signs differently:\n${theirs}\n${ours.authorization}`)
  }
  const { canonicalRequest, stringToSign } = ours
  if (BODY.length !== 200 || canonicalRequest.length !== 427)
    throw new Error(
      `The example is ${BODY.length} B and ${canonicalRequest.length} characters, not 200 and 427.`,
    )
  const signingKeyBytes = deriveSigningKeyBytes(AWS_SCHEME, CREDENTIAL.secret, SCOPE)
  const samples = await interleave([
    {
      name: 'floor: 4 × crypto.hash',
      op: createFloor(BODY, canonicalRequest, signingKeyBytes, stringToSign),
    },
    { name: 'protocol createRequestSignature', op: signWithProtocol },
    { name: 'sdk createRequestSigner, new nonce', op: createSdkSigner() },
    { name: 'smithy, @aws-crypto/sha256-js', op: () => signers['smithy, @aws-crypto/sha256-js']() },
    { name: 'smithy, node:crypto', op: () => signers['smithy, node:crypto']() },
    { name: 'aws4', op: () => signers.aws4() },
  ])
  const [floor, protocol, sdk, smithy] = samples
  return {
    suite: 'sign',
    title: 'sign: POST, 200 B body, 427 characters of canonical request, signing key cached',
    guard: [`protocol, ${Object.keys(signers).join(', ')} write the same Authorization header`],
    columns: RATIO_COLUMNS,
    rows: createRatioRows(samples),
    goals: [
      createRatioGoal('protocol ≤ 2.2 × floor', protocol, floor, { atMost: 2.2 }),
      createRatioGoal('smithy with sha256-js ≥ 8 × protocol', smithy, protocol, { atLeast: 8 }),
      createRatioGoal('smithy with sha256-js ≥ 8 × sdk', smithy, sdk, { atLeast: 8 }),
    ],
  }
}
