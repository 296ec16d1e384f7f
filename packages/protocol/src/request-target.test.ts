import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyText, check, refusal } from '../test/property.js'
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
    ['', 'form'],
    ['*', 'form'],
    ['http://api.example.com/v1', 'form'],
    ['api.example.com:443', 'form'],
    ['?a=1', 'form'],
    ['\\v1', 'form'],
    ['/v1#a', 'fragment'],
    ['/v1?a=1#b', 'fragment'],
    ['/v1?', 'query'],
  ])('refuses %j for its %s', (target, part) => {
    expect(refusal(() => parseRequestTarget(target))).toEqual({ code: 'target_not_canonical', part })
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
