import {
  type CredentialScope,
  createPayloadHash,
  createRequestSignature,
  deriveSigningKey,
  EMPTY_PAYLOAD_HASH,
  formatTimestamp,
  type HeaderPair,
  PARTNER_SCHEME,
  parseCredentialScope,
  parseKeyId,
  type SigningKey,
} from '@countersign/protocol'
import { createNonce } from './nonce.js'
import type { RequestSignerOptions, RequestToSign } from './request-signer.js'
import { Secret } from './secret.js'
import { createSignedHeaderRule, type SignedHeaderRule } from './signed-header-rule.js'

/** The signer below {@link createRequestSigner} and `hmacAuth`: time is an argument, headers are pairs. */
export interface PairSigner {
  sign(request: RequestToSign, now: number): SignedPairs
}

export interface SignedPairs {
  /** The given headers that are to be sent as well, names in lower case. */
  readonly given: readonly HeaderPair[]
  /** The signer's own headers: authorization, date, nonce, payload hash. */
  readonly own: readonly [HeaderPair, HeaderPair, HeaderPair, HeaderPair]
  readonly canonicalRequest: string
  readonly stringToSign: string
}

/** @throws ProtocolError `key_id_invalid`, `credential_scope_invalid` */
export function createPairSigner(options: Omit<RequestSignerOptions, 'clock'>): PairSigner {
  const { environment, api, scheme = PARTNER_SCHEME } = options
  const { dateHeader, nonceHeader, payloadHashHeader, terminator } = scheme
  const keyId = parseKeyId(options.keyId)
  const secret = options.secret instanceof Secret ? options.secret : new Secret(options.secret)
  const rule = createSignedHeaderRule(scheme)
  const nextNonce = options.nonce ?? createNonce
  parseCredentialScope(`00000000/${environment}/${api}/${terminator}`)

  let second = Number.NaN
  let timestamp = ''
  let scope: CredentialScope = { date: '', environment, api, terminator }
  let signingKey: SigningKey | undefined

  const moveTo = (now: number): void => {
    timestamp = formatTimestamp(now)
    const date = timestamp.slice(0, 8)
    if (date === scope.date) return
    scope = { date, environment, api, terminator }
    signingKey = undefined
  }

  return {
    sign(request, now) {
      const nowSecond = Math.floor(now / 1000)
      if (nowSecond !== second) {
        moveTo(now)
        second = nowSecond
      }
      signingKey ??= deriveSigningKey(scheme, secret.reveal(), scope)
      const payloadHash = hashBody(request.body)
      const date: HeaderPair = [dateHeader, timestamp]
      const nonce: HeaderPair = [nonceHeader, nextNonce()]
      const hash: HeaderPair = [payloadHashHeader, payloadHash]
      const headers: HeaderPair[] = [['host', request.authority], hash, date, nonce]
      const given = takeGiven(request, rule, headers)
      const signedHeaders = headers.length === 4 ? rule.always : rule.sort(headers)
      const { canonicalRequest, stringToSign, authorization } = createRequestSignature(
        { method: request.method, path: request.path, query: request.query ?? '', headers, payloadHash },
        { scheme, keyId, scope, signingKey, timestamp, signedHeaders },
      )
      return {
        given,
        own: [['authorization', authorization], date, nonce, hash],
        canonicalRequest,
        stringToSign,
      }
    },
  }
}

/** Reads the headers that the caller gave; those that must be signed are added to `signed`. */
function takeGiven(
  request: RequestToSign,
  rule: SignedHeaderRule,
  signed: HeaderPair[],
): readonly HeaderPair[] {
  const { headers } = request
  if (headers === undefined) return NO_HEADERS
  const given: HeaderPair[] = []
  // Indices instead of destructuring, here and above: this is the hot path of every request.
  for (const entry of isPairs(headers) ? headers : Object.entries(headers)) {
    const lower = entry[0].toLowerCase()
    const value = entry[1]
    if (rule.isOwn(lower)) {
      if (lower === 'host' && value === request.authority) continue
      throw rule.refuseOwn(lower)
    }
    const pair: HeaderPair = [lower, value]
    given.push(pair)
    if (!rule.mustSign(lower)) continue
    if (signed.some(known => known[0] === lower)) throw rule.refuseRepeated(lower)
    signed.push(pair)
  }
  return given
}

const NO_HEADERS: readonly HeaderPair[] = []

function isPairs(headers: NonNullable<RequestToSign['headers']>): headers is readonly HeaderPair[] {
  return Array.isArray(headers)
}

const utf8 = new TextEncoder()

function hashBody(body: Uint8Array | string | undefined): string {
  if (body === undefined) return EMPTY_PAYLOAD_HASH
  return createPayloadHash(typeof body === 'string' ? utf8.encode(body) : body)
}
