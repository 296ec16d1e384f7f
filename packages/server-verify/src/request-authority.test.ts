import { PARTNER_SCHEME } from '@countersign/protocol'
import { describe, expect, it } from 'vitest'
import { createHeaderRules } from './header-rules.js'
import { compileAuthorities, settleAuthority } from './request-authority.js'
import { type RequestHeaders, readRequestHeaders } from './request-headers.js'

const rules = createHeaderRules([PARTNER_SCHEME], [])
const isAllowed = compileAuthorities(['API.example.com', 'api.example.com:8443'])
const settle = (host: string | undefined, authority?: string): RequestHeaders => {
  const headers = readRequestHeaders(host === undefined ? [] : ['Host', host], rules)
  settleAuthority(headers, authority, isAllowed)
  return headers
}

describe('compileAuthorities', () => {
  it('allows what the list names, with the port, and nothing like it', () => {
    expect(['api.example.com', 'api.example.com:8443'].map(isAllowed)).toEqual([true, true])
    for (const other of ['', 'example.com', 'api.example.com.', 'api.example.com:443', 'xapi.example.com'])
      expect(isAllowed(other)).toBe(false)
  })

  it('an empty list is a mistake, not "any"', () => {
    expect(() => compileAuthorities([])).toThrow(TypeError)
    expect(() => compileAuthorities([])).toThrow('at least one host')
  })

  it('a rule is taken as it is', () => {
    const rule = (authority: string) => authority === 'a'
    expect(compileAuthorities(rule)).toBe(rule)
  })
})

describe('settleAuthority', () => {
  it.each([
    ['api.example.com', undefined],
    ['API.EXAMPLE.COM', undefined],
    [' api.example.com:8443\t', undefined],
    ['api.example.com', 'api.example.com'],
    [' api.example.com', 'api.example.com'],
  ])('Host %j with :authority %j is served, the header stays as sent', (host, authority) => {
    const { pairs, mustSign } = settle(host, authority)
    expect(pairs).toEqual([['host', host]])
    expect(mustSign).toEqual(['host'])
  })

  it(':authority alone becomes the host header, and must be signed', () => {
    const { pairs, mustSign } = settle(undefined, 'API.example.com')
    expect(pairs).toEqual([['host', 'API.example.com']])
    expect(mustSign).toEqual(['host'])
  })

  it.each([
    [undefined, undefined, 'header_invalid', 'The request has no Host header.'],
    ['', undefined, 'header_invalid', 'The request has no Host header.'],
    [' ', undefined, 'header_invalid', 'The request has no Host header.'],
    [undefined, '', 'header_invalid', 'The request has no Host header.'],
    ['api.example.com', 'evil.example', 'header_invalid', 'The Host header and :authority differ.'],
    ['evil.example', 'api.example.com', 'header_invalid', 'The Host header and :authority differ.'],
    ['api.example.com', '', 'header_invalid', 'The Host header and :authority differ.'],
    ['api.example.com', 'API.example.com', 'header_invalid', 'The Host header and :authority differ.'],
    ['evil.example', undefined, 'authority_not_allowed', 'answer for the host "evil.example".'],
    ['evil.example', 'evil.example', 'authority_not_allowed', 'answer for the host "evil.example".'],
    [undefined, 'evil.example', 'authority_not_allowed', 'answer for the host "evil.example".'],
    ['evil\r\nx', undefined, 'header_invalid', '\\u000d'],
  ])('refuses Host %j with :authority %j: %s', (host, authority, code, message) => {
    expect(() => settle(host, authority)).toThrow(
      expect.objectContaining({ code, part: 'host', message: expect.stringContaining(message) }),
    )
  })

  it('the port is part of the host', () => {
    expect(() => settle('api.example.com:443')).toThrow(
      expect.objectContaining({ code: 'authority_not_allowed' }),
    )
  })
})
