// @ts-check
// Why: what must take equal time, written down as pairs. A case makes the input of either class outside the clock and
// runs it inside; both classes are made by the same code, and differ only in what an attacker would like to learn.
import { randomBytes } from 'node:crypto'
import {
  AWS_SCHEME,
  createPayloadHash,
  createRequestSignature,
  deriveSigningKey,
} from '@countersign/protocol'
import {
  createAuditLog,
  createMemoryCredentialStore,
  createMemoryReplayGuard,
  createRequestVerifier,
  hmacSignature,
} from '@countersign/server-verify'
import {
  BODY,
  createHeaders,
  HOST,
  METHOD,
  NOW_MS,
  PATH,
  SCOPE,
  SIGNED_HEADERS,
  TIMESTAMP,
} from './example-request.mjs'

/** @typedef {import('@countersign/server-verify').IncomingRequest} IncomingRequest */
/** @typedef {import('@countersign/server-verify').CredentialStore} CredentialStore */
/**
 * @typedef {object} TimingCase
 * @property {string} name
 * @property {number} [marginNs] default 0
 * @property {() => Promise<{ prepare: (side: 0 | 1) => any, run: (input: any) => void | Promise<void> }>} create
 */

// One of each: whoever wants to know of a key id asks for it again and again.
const KEYS = 1
// A table that finds an entry compares its name and touches its memory, one that does not find it does not: some ten to
// a hundred nanoseconds that every store has, more or less by how the compiler laid out this run. Key ids are no secrets
// (SECURITY.md); for what depends on the signature nothing is let pass.
const LOOK_UP_NS = 250
const REQUIREMENT = { scopes: ['orders:status:write'] }
const payloadHash = createPayloadHash(BODY)
const keyName = () => `AKID${randomBytes(8).toString('hex').toUpperCase()}`
const createKeys = () =>
  Array.from({ length: KEYS }, () => {
    const secret = randomBytes(32).toString('base64url')
    return { keyId: keyName(), secret, signingKey: deriveSigningKey(AWS_SCHEME, secret, SCOPE) }
  })
/** @template T @param {readonly T[]} list @returns {T} */
const pick = list => list[Math.floor(Math.random() * list.length)]

/** @type {readonly TimingCase[]} */
export const REFUSALS = [
  {
    name: 'unknown key / wrong signature of a key that nobody has used yet',
    marginNs: LOOK_UP_NS,
    create: () => createUnknownAgainstKnown({ inUse: false, signature: wrongSignature }),
  },
  {
    name: 'unknown key / wrong signature of a key in use',
    marginNs: LOOK_UP_NS,
    create: () => createUnknownAgainstKnown({ inUse: true, signature: wrongSignature }),
  },
  {
    name: 'unknown key / key in use, signature in upper case',
    marginNs: LOOK_UP_NS,
    create: () => createUnknownAgainstKnown({ inUse: true, signature: () => wrongSignature().toUpperCase() }),
  },
  {
    name: 'unknown key / key in use, signature of other characters',
    marginNs: LOOK_UP_NS,
    create: () => createUnknownAgainstKnown({ inUse: true, signature: () => 'z'.repeat(64) }),
  },
  {
    name: 'first / last digit of the signature is wrong',
    async create() {
      const { verifier, known } = await createVerifier({ inUse: true })
      return {
        prepare: side => createRequest(pick(known), right => spoil(right, side === 0 ? 0 : right.length - 1)),
        run: request => mustRefuse(verifier, request),
      }
    },
  },
  {
    name: 'a wrong signature / a right one with its last digit wrong',
    async create() {
      const { verifier, known } = await createVerifier({ inUse: true })
      return {
        prepare: side =>
          createRequest(pick(known), right => (side === 0 ? wrongSignature() : spoil(right, 63))),
        run: request => mustRefuse(verifier, request),
      }
    },
  },
]

/** What must be seen: mistakes that other verifiers have made. @type {readonly TimingCase[]} */
export const CONTROLS = [
  {
    name: 'a store that answers for unknown keys itself, before any MAC is computed',
    create: () =>
      createUnknownAgainstKnown({
        inUse: true,
        signature: wrongSignature,
        wrap: store => ({
          findByKeyId(keyId) {
            const found = store.findByKeyId(keyId)
            if (found === undefined) throw new Error('no such key')
            return found
          },
        }),
      }),
  },
  {
    name: 'signatures compared character by character, first / last one wrong',
    async create() {
      const right = wrongSignature()
      return {
        prepare: side => flat(spoil(right, side === 0 ? 0 : right.length - 1)),
        run(presented) {
          if (leakyEquals(right, presented)) throw new Error('A wrong signature was accepted.')
        },
      }
    },
  },
]

/** @param {{ inUse: boolean, signature: () => string, wrap?: ((store: CredentialStore) => CredentialStore) | undefined }} options */
async function createUnknownAgainstKnown({ inUse, signature, wrap }) {
  const { verifier, known } = await createVerifier({ inUse, wrap })
  const unknown = createKeys()
  return {
    /** @param {0 | 1} side */
    prepare: side => createRequest(pick(side === 0 ? unknown : known), signature),
    /** @param {IncomingRequest} request */
    run: request => mustRefuse(verifier, request),
  }
}

/** @param {{ inUse: boolean, wrap?: ((store: CredentialStore) => CredentialStore) | undefined }} options */
async function createVerifier({ inUse, wrap = store => store }) {
  const known = createKeys()
  const clock = { ms: NOW_MS - 3_600_000 }
  const now = () => clock.ms
  const replay = createMemoryReplayGuard({ now, maxPartnerShare: 1 })
  clock.ms = NOW_MS // the guard has run for an hour: it is not warming up any more
  const store = createMemoryCredentialStore(
    known.map(({ keyId, secret }) => ({
      ...{
        keyId,
        secret,
        partnerId: keyId,
        environment: SCOPE.environment,
        kind: /** @type {const} */ ('hmac'),
      },
      ...{
        scopes: REQUIREMENT.scopes,
        state: /** @type {const} */ ('active'),
        createdAt: NOW_MS - 86_400_000,
      },
    })),
  )
  const verifier = createRequestVerifier({
    ...{ authorities: [HOST], environment: SCOPE.environment, api: SCOPE.api, schemes: [hmacSignature()] },
    ...{ credentials: wrap(store), replay, now },
    audit: createAuditLog({ write() {} }),
    preAuthLimit: false, // else all but the first would be 429
  })
  // What a verified request leaves behind: its signing key and its parsed header.
  if (inUse)
    for (const key of known)
      await verifier.verify(
        createRequest(key, right => right),
        REQUIREMENT,
      )
  return { verifier, known }
}

/** @param {import('@countersign/server-verify').RequestVerifier} verifier @param {IncomingRequest} request */
async function mustRefuse(verifier, request) {
  try {
    await verifier.verify(request, REQUIREMENT)
  } catch {
    return
  }
  throw new Error('A request that must be refused was accepted.')
}

/**
 * @param {ReturnType<typeof createKeys>[number]} key
 * @param {(right: string) => string} signature what to send instead of the right one
 * @returns {IncomingRequest}
 */
function createRequest({ keyId, signingKey }, signature) {
  const headers = createHeaders(payloadHash, randomBytes(16).toString('hex'))
  const signed = createRequestSignature(
    { method: METHOD, path: PATH, query: '', headers, payloadHash },
    {
      scheme: AWS_SCHEME,
      keyId,
      scope: SCOPE,
      signingKey,
      timestamp: TIMESTAMP,
      signedHeaders: SIGNED_HEADERS,
    },
  )
  const authorization = signed.authorization.slice(0, -64) + signature(signed.signature)
  return {
    ...{ method: METHOD, target: PATH, httpVersion: '1.1', body: BODY, peer: { address: '203.0.113.7' } },
    rawHeaders: [...headers, ['authorization', authorization], ['accept', '*/*']].flat().map(flat),
  }
}

/** A one-byte string in one piece, as the HTTP parser makes them. @param {string} text */
function flat(text) {
  return Buffer.from(text, 'latin1').toString('latin1')
}

function wrongSignature() {
  return randomBytes(32).toString('hex')
}

/** @param {string} signature @param {number} at */
function spoil(signature, at) {
  return signature.slice(0, at) + (signature[at] === '0' ? '1' : '0') + signature.slice(at + 1)
}

/** @param {string} a @param {string} b */
function leakyEquals(a, b) {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
