import type { HmacAuthorization } from '../authorization-header.js'
import { createCanonicalHeaderValue } from '../canonical-headers.js'
import { createPayloadHash, EMPTY_PAYLOAD_HASH } from '../payload-hash.js'
import { createSignature } from '../signature.js'
import type { SigningKey } from '../signing-key.js'
import { AWS_SCHEME, PARTNER_SCHEME, type SigningScheme } from '../signing-scheme.js'
import {
  type CanonicalParts,
  type CanonicalVariant,
  joinCanonicalParts,
  listCanonicalChanges,
  pairChanges,
} from './canonical-variants.js'
import { cause, type DiagnosisCause } from './cause.js'
import { diagnoseMismatch, type SigningSteps } from './diagnosis.js'
import { diagnoseForm } from './form-causes.js'
import { listKeyVariants } from './key-variants.js'
import { type DiagnosisCredential, findHeaders, type RecordedRequest } from './recorded-request.js'
import { listStringVariants, type StringBuilder } from './string-variants.js'
import type { Variant } from './variant.js'

export interface SignatureDiagnosisOptions {
  /** Rows of the scheme table that the verifier may accept. Default: `PARTNER_SCHEME` and `AWS_SCHEME`. */
  readonly rows?: readonly SigningScheme[] | undefined
  /** Other values of Host under which the signer may know the service. */
  readonly hosts?: readonly string[] | undefined
}

/** What became known of a recorded request. */
export interface SignatureDiagnosis {
  /** The likeliest first. Never empty, never with a secret or a signature in it. */
  readonly causes: readonly DiagnosisCause[]
  /** Whether the causes are certain: the signature was made again with exactly these mistakes, or the form is wrong. */
  readonly proven: boolean
  /** What the signer signed; only when it was found out. */
  readonly signer: SigningSteps | undefined
  /** What a verifier computes from the recorded request; absent when it would not get that far. */
  readonly verifier: SigningSteps | undefined
  /** In how many ways the signature was tried to be made again. */
  readonly tried: number
}

/**
 * Finds out with the signer's own secret how the signature of a recorded request was made: the form is checked, then
 * the usual mistakes, alone and in pairs, are made on purpose until the result is the recorded signature.
 *
 * @example
 * ```ts
 * import { diagnoseSignature } from '@countersign/protocol/diagnosis'
 *
 * const request = { method: 'GET', path: '/v1/whoami', query: '', headers: [['host', 'api.example.com']], body: undefined } as const
 * const credential = { keyId: 'demo_acme_key1', secret: 'not a real one', environment: 'live', api: 'orders' }
 * console.log(diagnoseSignature(request, credential).causes[0].code) // credentials_missing
 * ```
 */
export function diagnoseSignature(
  request: RecordedRequest,
  credential: DiagnosisCredential,
  options: SignatureDiagnosisOptions = {},
): SignatureDiagnosis {
  const rows = options.rows ?? [PARTNER_SCHEME, AWS_SCHEME]
  const { causes, authorization, scheme } = diagnoseForm(request, credential, rows)
  const blocking = causes.filter(({ code }) => code !== 'payload_hash_mismatch')
  if (authorization === undefined || scheme === undefined || blocking.length > 0) {
    return { causes: blocking, proven: true, signer: undefined, verifier: undefined, tried: 0 }
  }
  const timestamp = findHeaders(request, scheme.dateHeader)[0]!
  const [date] = findHeaders(request, 'date')
  const ways = {
    keys: listKeyVariants(scheme, authorization.scope, credential, rows),
    strings: listStringVariants(scheme, timestamp, authorization, credential, rows, date),
    requests: listRequests(takeParts(request, authorization, scheme), request, options.hosts ?? []),
  }
  const found = search(ways, authorization.signature, request.body)
  const { verifier, tried } = found
  const hashed = request.payloadHash !== undefined || hasPayloadHash(request, scheme)
  const unknownBody = request.body === undefined && !hashed && expectsBody(request)
  // Without any knowledge of the body the empty one was put in its place.
  if (found.signer !== undefined && unknownBody)
    return {
      causes: [BODY_NOT_SIGNED, ...found.causes],
      proven: true,
      signer: found.signer,
      verifier: undefined,
      tried,
    }
  if (found.signer !== undefined && found.causes.length > 0)
    return { causes: found.causes, proven: true, signer: found.signer, verifier, tried }
  if (causes.length > 0) return { causes, proven: true, signer: undefined, verifier, tried }
  if (found.signer !== undefined)
    return { causes: [RIGHT], proven: true, signer: found.signer, verifier, tried }
  return {
    causes: [unknownBody ? BODY_NOT_RECORDED : explainOtherSecret(tried, hashed || !expectsBody(request))],
    proven: false,
    signer: undefined,
    verifier,
    tried,
  }
}

interface Found {
  readonly verifier: SigningSteps
  readonly signer: SigningSteps | undefined
  readonly causes: readonly DiagnosisCause[]
  readonly tried: number
}

/** Everything that may be wrong, each axis with the right value first. */
interface Ways {
  readonly keys: readonly Variant<SigningKey>[]
  readonly strings: readonly Variant<StringBuilder>[]
  /** With that many mistakes; made when asked for, as the pairs are many. */
  readonly requests: (mistakes: 0 | 1 | 2) => readonly CanonicalVariant[]
}

// The fewest mistakes first; among equals the key before the string to sign, and that before the request.
function search({ keys, strings, requests }: Ways, signature: string, body: Uint8Array | undefined): Found {
  const [right] = requests(0)
  const canonicalRequest = right!.text
  const verifier = { canonicalRequest, stringToSign: strings[0]!.value(canonicalRequest) }
  let tried = 0
  for (const { inRequest, inString, inKey } of PLANS) {
    for (const { text, single } of requests(inRequest)) {
      for (const string of strings) {
        if (string.causes.length !== inString) continue
        const stringToSign = string.value(text)
        for (const key of keys) {
          if (key.causes.length !== inKey) continue
          tried++
          if (createSignature(key.value, stringToSign) !== signature) continue
          const inText = single.map(
            alone => diagnoseMismatch({ canonicalRequest: alone }, verifier, body).cause,
          )
          const causes = [...key.causes, ...inText, ...string.causes]
          return { verifier, signer: { canonicalRequest: text, stringToSign }, causes, tried }
        }
      }
    }
  }
  return { verifier, signer: undefined, causes: [], tried }
}

/** How many mistakes are made where: none, one, two. */
const PLANS = [
  { inRequest: 0, inString: 0, inKey: 0 },
  { inRequest: 0, inString: 0, inKey: 1 },
  { inRequest: 0, inString: 1, inKey: 0 },
  { inRequest: 1, inString: 0, inKey: 0 },
  { inRequest: 0, inString: 0, inKey: 2 },
  { inRequest: 0, inString: 1, inKey: 1 },
  { inRequest: 1, inString: 0, inKey: 1 },
  { inRequest: 1, inString: 1, inKey: 0 },
  { inRequest: 2, inString: 0, inKey: 0 },
] as const

function listRequests(
  parts: CanonicalParts,
  request: RecordedRequest,
  hosts: readonly string[],
): Ways['requests'] {
  const changes = listCanonicalChanges(parts, request, hosts)
  const alone = changes.map(change => joinCanonicalParts({ ...parts, ...change }))
  return mistakes => {
    if (mistakes === 0) return [{ text: joinCanonicalParts(parts), single: [] }]
    return mistakes === 1 ? alone.map(text => ({ text, single: [text] })) : pairChanges(parts, changes)
  }
}

function takeParts(
  request: RecordedRequest,
  { signedHeaders }: HmacAuthorization,
  scheme: SigningScheme,
): CanonicalParts {
  const headerLines = signedHeaders.map(name => {
    const values = findHeaders(request, name).map(value => createCanonicalHeaderValue(name, value))
    return `${name}:${values.join(',')}`
  })
  const [claimed] = findHeaders(request, scheme.payloadHashHeader)
  const payloadHash =
    request.body === undefined
      ? (request.payloadHash ?? claimed ?? EMPTY_PAYLOAD_HASH)
      : createPayloadHash(request.body)
  const { method, path: uri, query } = request
  return { method, uri, query, headerLines, signedHeaders: signedHeaders.join(';'), payloadHash }
}

function hasPayloadHash(request: RecordedRequest, { payloadHashHeader }: SigningScheme): boolean {
  return findHeaders(request, payloadHashHeader).length > 0
}

function expectsBody(request: RecordedRequest): boolean {
  const [length] = findHeaders(request, 'content-length')
  return length === undefined ? findHeaders(request, 'transfer-encoding').length > 0 : Number(length) > 0
}

const RIGHT = cause(
  'signature_right',
  'The signature is right: it was made with this secret from exactly the recorded request. If it was refused, then because of something else: the clock, a second use, a revoked key, or a change on the way.',
)
const BODY_NOT_SIGNED = cause(
  'body_not_signed',
  'The signer signed an empty body but sent one. curl does so with -T and -F: use --data-binary @file.',
)
const BODY_NOT_RECORDED = cause(
  'body_not_recorded',
  'The record does not hold the body, so the signature cannot be made again.',
)

function explainOtherSecret(tried: number, bodyIsSure: boolean): DiagnosisCause {
  const otherBody = bodyIsSure
    ? ''
    : ' Or another body was signed than was sent; with the payload-hash header that could be told apart.'
  return cause(
    'other_secret',
    `The request is in order, but its signature fits this secret in none of the ${tried.toLocaleString('en')} ways that were tried. Most likely it was made with another secret: an older one, one of another environment, or a mistyped one.${otherBody}`,
  )
}
