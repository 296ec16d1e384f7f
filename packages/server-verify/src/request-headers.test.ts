import { AWS_SCHEME, PARTNER_SCHEME } from '@countersign/protocol'
import { describe, expect, it } from 'vitest'
import { createHeaderRules } from './header-rules.js'
import { readRequestHeaders } from './request-headers.js'

const rules = createHeaderRules([PARTNER_SCHEME, AWS_SCHEME], ['X-Amz-Cf-Id'])
const read = (...raw: string[]) => readRequestHeaders(raw, rules)
const refusalOf = (...raw: string[]): object => {
  try {
    read(...raw)
  } catch (error) {
    const { code, part, message } = error as { code: string; part: string; message: string }
    return { code, part, message }
  }
  throw new Error('not refused')
}

describe('readRequestHeaders', () => {
  it('keeps wire order and raw values, names in lower case', () => {
    expect(read('HOST', ' a ', 'X-Note', '', 'x-note', 'b  c', 'Accept', '*/*').pairs).toEqual([
      ['host', ' a '],
      ['x-note', ''],
      ['x-note', 'b  c'],
      ['accept', '*/*'],
    ])
  })

  it('names what must be signed, by rule and by prefix', () => {
    const { mustSign } = read(
      ...['Host', 'a', 'x-partner', '1', 'X-Partner-', '2', 'X-AMZ-Meta', '3', 'y-partner-a', '4'],
      ...['Content-Type', 't', 'Content-Digest', 'd', 'xx-amz-a', '5', 'X-Forwarded-For', '6'],
    )
    expect(mustSign).toEqual(['host', 'x-partner-', 'x-amz-meta', 'content-digest'])
  })

  it('drops a transport header altogether, however often it stands', () => {
    const headers = read('x-amz-cf-id', '1', 'Host', 'a', 'X-AMZ-CF-ID', '2')
    expect(headers.pairs).toEqual([['host', 'a']])
    expect(headers.mustSign).toEqual(['host'])
  })

  it.each([
    ...[
      'Authorization',
      'Host',
      'X-Partner-Date',
      'X-Partner-Nonce',
      'X-Partner-Content-Sha256',
      'X-Amz-Date',
    ],
    ...['Content-Type', 'Content-Length', 'Idempotency-Key', 'X-API-Key'],
  ])('refuses a second %s in any case', name => {
    const lower = name.toLowerCase()
    const refusal = {
      ...{ code: 'duplicate_header', part: lower },
      message: `The header ${lower} stands twice. Send it once.`,
    }
    expect(refusalOf(name, 'a', 'Accept', '1', lower, 'a')).toEqual(refusal)
    expect(refusalOf(name.toUpperCase(), 'a', name, 'b')).toEqual(refusal)
  })

  it('other headers may stand as often as they like, also signed ones', () => {
    expect(
      read('Content-Digest', 'a', 'content-digest', 'b', 'X-Partner-A', '1', 'x-partner-a', '2').pairs,
    ).toHaveLength(4)
  })

  it.each([':path', ':authority', ''])('refuses the name %j', name => {
    expect(refusalOf('Host', 'a', name, '/')).toEqual({
      ...{ code: 'header_invalid', part: 'headers', message: `"${name}" is no header name.` },
    })
  })

  it.each(['X-HTTP-Method-Override', 'x-http-method', 'X-Method-Override'])('refuses %s', name => {
    expect(refusalOf(name, 'DELETE')).toEqual({
      ...{ code: 'method_override', part: name.toLowerCase() },
      message: `The header ${name.toLowerCase()} is never accepted. Send the method itself.`,
    })
  })

  it('half a pair is no header', () => {
    expect(read('Host', 'a', 'X-Note').pairs).toEqual([['host', 'a']])
  })

  it('get gives the first value raw, getCanonical its canonical form, both only what was sent', () => {
    const headers = read('X-Note', ' a   b\t', 'x-note', 'c')
    expect(headers.get('x-note')).toBe(' a   b\t')
    expect(headers.getCanonical('x-note')).toBe('a b')
    for (const name of ['constructor', '__proto__', 'X-Note', 'host']) {
      expect(headers.get(name)).toBeUndefined()
      expect(headers.getCanonical(name)).toBeUndefined()
    }
  })
})
