// Random requests of the strict form, signed with the AWS row by libraries that nobody here wrote and by this package:
// the Authorization headers must be equal. How many: FC_FOREIGN_RUNS; by itself 1,000, under CI 10,000, for each library.
import { Sha256 } from '@aws-crypto/sha256-js'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import { AwsV4Signer } from 'aws4fetch'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  AWS_SCHEME,
  createPayloadHash,
  createRequestSignature,
  deriveSigningKey,
  formatQuery,
  formatTimestamp,
  type HeaderPair,
  parseAuthorizationHeader,
  percentEncode,
} from '../src/index.js'
import { checkAsync, textOf, UNRESERVED_CHARACTERS, WORD_CHARACTERS } from './property.js'

const RUNS = Number(process.env['FC_FOREIGN_RUNS'] ?? (process.env['CI'] ? 10_000 : 1_000))
const TIMEOUT_MS = 10_000 + RUNS * 20
const PLAIN_PATH = /^[A-Za-z0-9._~/-]+$/
const HEADER_CHARACTERS = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')

const word = textOf(WORD_CHARACTERS, 1, 20)
const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const segment = textOf(UNRESERVED_CHARACTERS, 1, 10).filter(part => part !== '.' && part !== '..')
const escapes = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 3 })
  .map(percentEncode)
  .filter(part => !/%(?:2F|5C|00)/.test(part))
// As `escapedPaths` accepts them: no encoded `/`, `\\` or NUL, and nothing that is a dot segment once decoded.
const escapedSegment = fc
  .array(fc.oneof(textOf(UNRESERVED_CHARACTERS, 1, 4), textOf("!$&'()*+,;=:@", 1, 3), escapes), {
    minLength: 1,
    maxLength: 5,
  })
  .map(parts => parts.join(''))
  .filter(part => !/^(?:\.|%2E){1,2}$/.test(part))
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
  segments: fc.oneof(fc.array(segment, { maxLength: 5 }), fc.array(escapedSegment, { maxLength: 5 })),
  slashAtEnd: fc.boolean(),
  query: fc.uniqueArray(fc.tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), text), {
    selector: ([name]) => name,
    maxLength: 6,
  }),
  headers: fc.uniqueArray(fc.tuple(textOf('abcxyz0189-', 1, 8), textOf(HEADER_CHARACTERS, 0, 20)), {
    selector: ([name]) => name,
    maxLength: 6,
  }),
  body: fc.uint8Array({ maxLength: 300 }),
  port: fc.option(fc.integer({ min: 1024, max: 65_535 }), { nil: undefined }),
  epochMs: fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }),
  keyId: textOf(WORD_CHARACTERS, 8, 64),
  secret: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }),
  environment: word,
  api: word.filter(name => name !== 's3'),
})
type Case = typeof request extends fc.Arbitrary<infer Value> ? Value : never

const pathOf = ({ segments, slashAtEnd }: Case): string =>
  `/${segments.join('/')}${slashAtEnd && segments.length > 0 ? '/' : ''}`
const hostOf = ({ port }: Case): string => `api.example.com${port === undefined ? '' : `:${port}`}`
const headersOf = ({ headers }: Case): HeaderPair[] => headers.map(([name, value]) => [`X-T-${name}`, value])
const queryOf = ({ query, method }: Case): [string, string][] => (method === 'DELETE' ? [] : query)
const bodyOf = ({ body, method }: Case): Uint8Array => (method === 'GET' ? new Uint8Array() : body)

/** Signed by this package, with the headers that the other library chose to sign. */
function signHere(value: Case, authorization: string, sent: readonly HeaderPair[]): string {
  const timestamp = formatTimestamp(value.epochMs)
  const { environment, api, keyId } = value
  const scope = { date: timestamp.slice(0, 8), environment, api, terminator: AWS_SCHEME.terminator }
  return createRequestSignature(
    {
      method: value.method,
      path: pathOf(value),
      query: formatQuery(queryOf(value)),
      headers: sent,
      payloadHash: createPayloadHash(bodyOf(value)),
    },
    {
      ...{ scheme: AWS_SCHEME, keyId, scope, timestamp },
      escapedPaths: !PLAIN_PATH.test(pathOf(value)),
      signingKey: deriveSigningKey(AWS_SCHEME, value.secret, scope),
      signedHeaders: parseAuthorizationHeader(authorization).signedHeaders,
    },
  ).authorization
}

describe('the AWS row', () => {
  it(
    `signs ${RUNS} random requests as @smithy/signature-v4 does`,
    async () => {
      await checkAsync(
        fc.asyncProperty(request, fc.boolean(), async (value, applyChecksum) => {
          const signer = new SignatureV4({
            credentials: { accessKeyId: value.keyId, secretAccessKey: value.secret },
            ...{ region: value.environment, service: value.api, sha256: Sha256, applyChecksum },
          })
          const signed = await signer.sign(
            new HttpRequest({
              ...{
                method: value.method,
                protocol: 'https:',
                hostname: 'api.example.com',
                path: pathOf(value),
              },
              query: Object.fromEntries(queryOf(value)),
              headers: Object.fromEntries([['host', hostOf(value)], ...headersOf(value)]),
              body: bodyOf(value),
            }),
            { signingDate: new Date(value.epochMs) },
          )
          const authorization = signed.headers['authorization']!
          expect(signHere(value, authorization, Object.entries(signed.headers))).toBe(authorization)
        }),
        RUNS,
      )
    },
    TIMEOUT_MS,
  )

  it(
    `signs ${RUNS} random requests as aws4fetch does`,
    async () => {
      await checkAsync(
        fc.asyncProperty(request, async value => {
          const query = formatQuery(queryOf(value))
          const signed = await new AwsV4Signer({
            method: value.method,
            url: `https://${hostOf(value)}${pathOf(value)}${query === '' ? '' : `?${query}`}`,
            headers: headersOf(value).map(([name, text]) => [name, text] as [string, string]),
            ...(value.method === 'GET' ? {} : { body: Uint8Array.from(value.body) }),
            ...{ accessKeyId: value.keyId, secretAccessKey: value.secret },
            ...{ region: value.environment, service: value.api, datetime: formatTimestamp(value.epochMs) },
          }).sign()
          const authorization = signed.headers.get('authorization')!
          const sent: HeaderPair[] = [...signed.headers, ['host', signed.url.host]]
          expect(signHere(value, authorization, sent)).toBe(authorization)
        }),
        RUNS,
      )
    },
    TIMEOUT_MS,
  )
})
