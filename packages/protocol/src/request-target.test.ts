import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyText, check, refusal, refusalMessage } from '../test/property.js'
import { parseRequestTarget } from './request-target.js'

describe('parseRequestTarget', () => {
  it.each([
    ['/', '/', ''],
    ['/v1/orders', '/v1/orders', ''],
    ['/v1/orders?limit=5', '/v1/orders', 'limit=5'],
    ['/a?b?c', '/a', 'b?c'],
    ['/??', '/', '?'],
    ['//host/a', '//host/a', ''],
  ])('%s', (target, path, query) => expect(parseRequestTarget(target)).toEqual({ path, query }))

  it.each([
    ['', 'form', '"" is in unknown form'],
    ['*', 'form', '"*" is in asterisk form'],
    ['**', 'form', 'unknown form'],
    ['http://api.example.com/v1', 'form', '"http://api.example.com/v1" is in absolute form'],
    ['api.example.com:443', 'form', 'unknown form'],
    ['?a=1', 'form', 'a path that starts with "/"'],
    ['\\v1', 'form', 'unknown form'],
    ['/v1#a', 'fragment', 'A fragment is never sent'],
    ['/v1?a=1#b', 'fragment', 'holds a fragment ("#")'],
    ['/v1?', 'query', 'Leave the "?" out'],
  ])('refuses %j for its %s and says what to change', (target, part, words) => {
    expect(refusal(() => parseRequestTarget(target))).toEqual({ code: 'target_not_canonical', part })
    expect(refusalMessage(() => parseRequestTarget(target))).toContain(words)
  })

  it('loses nothing: what it returns joins to what it was given', () => {
    check(
      fc.property(anyText, text => {
        const target = `/${text}`
        if (refusal(() => parseRequestTarget(target)) !== undefined) return
        const { path, query } = parseRequestTarget(target)
        expect(query === '' ? path : `${path}?${query}`).toBe(target)
      }),
    )
  })
})
