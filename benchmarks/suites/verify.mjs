// @ts-check
import { timingSafeEqual } from 'node:crypto'
import {
  AWS_SCHEME,
  createPayloadHash,
  createRequestSignature,
  deriveSigningKey,
  deriveSigningKeyBytes,
} from '@countersign/protocol'
import {
  createMemoryCredentialStore,
  createMemoryReplayGuard,
  createRequestVerifier,
  hmacSignature,
} from '@countersign/server-verify'
import {
  BODY,
  CREDENTIAL,
  createHeaders,
  HOST,
  METHOD,
  NOW_MS,
  PATH,
  SCOPE,
  SIGNED_HEADERS,
  TIMESTAMP,
} from '../example-request.mjs'
import { interleave } from '../interleave.mjs'
import { createAws4Signer } from '../peers.mjs'
import { createFloor } from '../raw-floor.mjs'
import { createRatioGoal, createRatioRows, RATIO_COLUMNS } from '../table.mjs'

/** @typedef {import('@countersign/server-verify').IncomingRequest} IncomingRequest */

const REQUIREMENT = { scopes: ['orders:status:write'] }
const payloadHash = createPayloadHash(BODY)
const signingKey = deriveSigningKey(AWS_SCHEME, CREDENTIAL.secret, SCOPE)
const parameters = {
  scheme: AWS_SCHEME,
  keyId: CREDENTIAL.keyId,
  scope: SCOPE,
  signingKey,
  timestamp: TIMESTAMP,
  signedHeaders: SIGNED_HEADERS,
}

/** @returns {Promise<import('../table.mjs').Report>} */
export async function run() {
  const guard = await proveVerifier()
  const sample = sign('0'.repeat(32))
  const keyBytes = deriveSigningKeyBytes(AWS_SCHEME, CREDENTIAL.secret, SCOPE)
  const verifier = createVerifier()
  const samples = await interleave([
    {
      name: 'floor: 4 × crypto.hash',
      op: createFloor(BODY, sample.canonicalRequest, keyBytes, sample.stringToSign),
    },
    createCase('server-verify, replay claim', request => verifier.verify(request, REQUIREMENT)),
    createCase('aws4 again + timingSafeEqual, no claim', createNaiveVerifier()),
  ])
  const [floor, verified] = samples
  return {
    suite: 'verify',
    title: 'verify: POST, 200 B body, every request distinct, memory store and guard, audit off',
    guard,
    columns: RATIO_COLUMNS,
    rows: createRatioRows(samples),
    goals: [createRatioGoal('verify with claim ≤ 2.8 × floor', verified, floor, { atMost: 2.8 })],
  }
}

function createVerifier() {
  const clock = { ms: NOW_MS - 3_600_000 }
  const now = () => clock.ms
  const replay = createMemoryReplayGuard({ now, maxPartnerShare: 1 })
  clock.ms = NOW_MS // the guard has run for an hour: it is not warming up any more
  const credentials = createMemoryCredentialStore([
    {
      keyId: CREDENTIAL.keyId,
      partnerId: 'acme',
      environment: SCOPE.environment,
      kind: 'hmac',
      secret: CREDENTIAL.secret,
      scopes: ['orders:status:write', 'orders:read'],
      state: 'active',
      createdAt: NOW_MS - 86_400_000,
    },
  ])
  return createRequestVerifier({
    authorities: [HOST],
    environment: SCOPE.environment,
    api: SCOPE.api,
    schemes: [hmacSignature()],
    credentials,
    replay,
    now,
  })
}

async function proveVerifier() {
  const verifier = createVerifier()
  const { request } = sign('a'.repeat(32))
  const caller = await verifier.verify(request, REQUIREMENT)
  if (caller.partnerId !== 'acme') throw new Error(`The verifier names ${caller.partnerId}, not acme.`)
  await mustRefuse(verifier.verify(request, REQUIREMENT), 'request_replayed')
  const other = sign('b'.repeat(32)).request
  const flippedBody = Buffer.from(BODY)
  flippedBody[20] = flippedBody[20] ^ 1
  await mustRefuse(verifier.verify({ ...other, body: flippedBody }, REQUIREMENT), 'invalid_credentials')
  await mustRefuse(
    verifier.verify({ ...other, target: PATH.replace('018f', '118f') }, REQUIREMENT),
    'invalid_credentials',
  )
  const naive = createNaiveVerifier()
  if (naive(other) !== true) throw new Error('The naive verifier refuses a valid request.')
  return ['a valid request is accepted', 'the same again, a flipped byte of body and of path are refused']
}

/** @param {Promise<unknown>} outcome @param {string} code */
async function mustRefuse(outcome, code) {
  const error = await outcome.then(
    () => undefined,
    caught => caught,
  )
  if (error?.code !== code)
    throw new Error(`Expected a refusal with ${code}, got ${error?.code ?? 'acceptance'}.`)
}

/** What a service without a verifier does: sign again with a client library, compare. No time, no floor of headers, no claim. */
function createNaiveVerifier() {
  const resign = createAws4Signer(payloadHash)
  /** @param {IncomingRequest} request */
  return request => {
    const headers = new Map()
    for (let i = 0; i < request.rawHeaders.length; i += 2)
      headers.set(request.rawHeaders[i]?.toLowerCase(), request.rawHeaders[i + 1])
    const theirs = Buffer.from(headers.get('authorization'))
    const ours = Buffer.from(resign(headers.get('x-amz-nonce')))
    return theirs.length === ours.length && timingSafeEqual(theirs, ours)
  }
}

/**
 * Every call takes the next of some requests signed just before, outside the clock: none is a replay, and each is as
 * warm in the processor's cache as one that a socket has just delivered.
 *
 * @param {string} name
 * @param {(request: IncomingRequest) => unknown} verify
 * @returns {import('../interleave.mjs').Case}
 */
function createCase(name, verify) {
  let serial = 0
  /** @type {IncomingRequest[]} */
  let requests = []
  return {
    name,
    prepare(count) {
      requests = Array.from({ length: count }, () => sign((serial++).toString(16).padStart(32, '0')).request)
    },
    op: () => verify(/** @type {IncomingRequest} */ (requests.pop())),
  }
}

/** @param {string} nonce */
function sign(nonce) {
  const headers = createHeaders(payloadHash, nonce)
  const signature = createRequestSignature(
    { method: METHOD, path: PATH, query: '', headers, payloadHash },
    parameters,
  )
  const sent = [
    ...headers,
    ['authorization', signature.authorization],
    ['content-length', String(BODY.length)],
    ['accept', '*/*'],
  ]
  // Flat one-byte strings of their own, as the HTTP parser makes them.
  const rawHeaders = sent.flat().map(text => Buffer.from(text, 'latin1').toString('latin1'))
  /** @type {IncomingRequest} */
  const request = {
    method: METHOD,
    target: PATH,
    rawHeaders,
    httpVersion: '1.1',
    body: BODY,
    peer: { address: '203.0.113.7' },
  }
  return { ...signature, request }
}
