import { AWS_SCHEME, PARTNER_SCHEME } from '@countersign/protocol'
import { describe, expect, it } from 'vitest'
import type { SchemeName } from './credential.js'
import { createHeaderRules } from './header-rules.js'
import { findOnlyCredential, type PresentedCredential } from './presented-credential.js'
import { readRequestHeaders } from './request-headers.js'
import type { PreparedScheme } from './schemes/verification-scheme.js'

const rules = createHeaderRules([PARTNER_SCHEME, AWS_SCHEME], [])
const scheme = (name: SchemeName, header: string): PreparedScheme => ({
  name,
  challenges: [],
  find: ({ headers }) => headers.get(header),
  authenticate: () => {
    throw new Error('not asked here')
  },
})
const SCHEMES = [scheme('hmac', 'authorization')]
const find = (query: string, ...raw: string[]): string => findWith(SCHEMES, query, ...raw).presented
const findWith = (schemes: readonly PreparedScheme[], query: string, ...raw: string[]): PresentedCredential =>
  findOnlyCredential(
    {
      incoming: {
        method: 'GET',
        target: '/',
        rawHeaders: raw,
        body: new Uint8Array(),
        peer: { address: '' },
      },
      path: '/',
      query,
      headers: readRequestHeaders(raw, rules),
    },
    schemes,
  )
const AUTHORIZATION = ['Authorization', ' PARTNER4-HMAC-SHA256 … ']
const API_KEY = ['X-API-Key', '']
const SIGNED_QUERY = 'X-Amz-Signature=00'

describe('findOnlyCredential', () => {
  it.each([
    '',
    'a=1',
    'x-note=x-amz-signature%3D',
    'ax-amz-signature=1',
    'x-signature=1',
    'x-amz-signature-2=1',
    'signature=1',
    'a=x-amz-signature',
  ])('returns the raw value of Authorization, with the query %j', query =>
    expect(find(query, ...AUTHORIZATION)).toBe(AUTHORIZATION[1]),
  )

  it.each([
    ['Authorization and X-API-Key', '', [...AUTHORIZATION, ...API_KEY]],
    ['Authorization and query', SIGNED_QUERY, AUTHORIZATION],
    ['X-API-Key and query', SIGNED_QUERY, API_KEY],
    ['all three', SIGNED_QUERY, [...AUTHORIZATION, ...API_KEY]],
    ['Authorization and a later pair of the query', 'a=1&x-partner-signature=00', AUTHORIZATION],
    ['Authorization and a query in the middle', 'a=1&x-a1-signature=&y=1', AUTHORIZATION],
  ])('%s: two credentials', (_, query, raw) => {
    expect(() => find(query, ...raw)).toThrow(
      expect.objectContaining({
        ...{ code: 'two_credentials', part: 'authorization' },
        message: expect.stringContaining(
          'more than one of Authorization, X-API-Key, Signature and a signature in the query',
        ),
      }),
    )
  })

  it('a signature in the query alone is malformed', () => {
    expect(() => find(SIGNED_QUERY)).toThrow(
      expect.objectContaining({
        ...{ code: 'authorization_malformed', part: 'query' },
        message: expect.stringContaining('Send it in the Authorization header'),
      }),
    )
  })

  it('a client certificate counts when nothing else is presented', () => {
    const certificate = scheme('client-certificate', 'accept')
    const both = [certificate, ...SCHEMES]
    expect(findWith(both, '', 'Accept', 'x').scheme).toBe(certificate)
    expect(findWith(both, '', 'Accept', 'x', ...AUTHORIZATION).scheme).toBe(SCHEMES[0])
    for (const unread of [API_KEY, ['Authorization', 'Unheard-Of']])
      expect(() => findWith([certificate], '', 'Accept', 'x', ...unread)).toThrow(
        expect.objectContaining({ code: 'credentials_missing', detail: 'scheme_not_enabled' }),
      )
  })

  it('a message signature and Authorization are two', () => {
    const message = scheme('http-signature', 'signature')
    const both = [...SCHEMES, message]
    expect(findWith(both, '', 'Signature', 's').scheme).toBe(message)
    for (const raw of [[...AUTHORIZATION], [...API_KEY]])
      expect(() => findWith([message], '', 'Signature', 's', ...raw)).toThrow(
        expect.objectContaining({ code: 'two_credentials' }),
      )
    expect(() => findWith(both, '', 'Signature', 's', ...AUTHORIZATION)).toThrow(
      expect.objectContaining({ code: 'two_credentials' }),
    )
  })

  it.each([[[]], [API_KEY], [['Accept', '*/*']]])('%j is none', raw => {
    expect(() => find('a=1', ...raw)).toThrow(expect.objectContaining({ code: 'credentials_missing' }))
  })
})
