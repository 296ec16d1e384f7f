import { describe, expect, it } from 'vitest'
import { refusal } from '../../test/property.js'
import { createFieldValue, createSignatureBase } from './signature-base.js'

const message = {
  method: 'POST',
  authority: 'api.example.com:8443',
  path: '/v1/orders',
  query: 'limit=5',
  headers: [
    ['Content-Type', ' application/json\t'],
    ['X-Note', 'a'],
    ['x-note', ' b  c '],
    ['x-empty', ''],
    ['x-tab', 'a\tb'],
    ['x-latin', 'caf\u00e9'],
  ],
} as const

describe('createSignatureBase', () => {
  it('writes one line for each component in the order given', () => {
    const names = ['@query', '@path', '@authority', '@method', 'x-note', 'x-empty', 'content-type']
    expect(createSignatureBase(message, names, '("…")')).toBe(
      '"@query": ?limit=5\n"@path": /v1/orders\n"@authority": api.example.com:8443\n"@method": POST\n"x-note": a, b  c\n"x-empty": \n"content-type": application/json\n"@signature-params": ("…")',
    )
    expect(createSignatureBase({ ...message, query: '' }, ['@query'], '()')).toBe(
      '"@query": ?\n"@signature-params": ()',
    )
    expect(createSignatureBase(message, [], '()')).toBe('"@signature-params": ()')
  })

  it.each([
    ['@method', { method: 'PO ST' }, 'method_invalid', 'method'],
    ['@method', { method: '' }, 'method_invalid', 'method'],
    ['@authority', { authority: 'API.example.com' }, 'header_invalid', 'host'],
    ['@authority', { authority: '' }, 'header_invalid', 'host'],
    ['@authority', { authority: 'a b' }, 'header_invalid', 'host'],
    ['@path', { path: 'v1' }, 'target_not_canonical', 'path'],
    ['@path', { path: '/a\nb' }, 'target_not_canonical', 'path'],
    ['@query', { query: 'a b' }, 'query_not_canonical', 'query'],
    ['x-absent', {}, 'signature_input_invalid', 'x-absent'],
    ['x-tab', {}, 'header_invalid', 'x-tab'],
    ['x-latin', {}, 'header_invalid', 'x-latin'],
  ])('refuses %s of %j', (name, change, code, part) => {
    expect(refusal(() => createSignatureBase({ ...message, ...change }, [name], '()'))).toEqual({
      code,
      part,
    })
  })
})

describe('createFieldValue', () => {
  it('trims blanks, not other white space', () => {
    expect(createFieldValue([['A', '\t x\t ']], 'a')).toBe('x')
    expect(createFieldValue([['a', ' \t ']], 'a')).toBe('')
    expect(refusal(() => createFieldValue([['a', '\u00a0x']], 'a'))?.code).toBe('header_invalid')
  })
})
