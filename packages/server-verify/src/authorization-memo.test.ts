import { createHash } from 'node:crypto'
import { type HmacAuthorization, parseAuthorizationHeader } from '@countersign/protocol'
import { describe, expect, it } from 'vitest'
import { AuthorizationMemo } from './authorization-memo.js'

const HEAD =
  'PARTNER4-HMAC-SHA256 Credential=acme_2026_a/20261121/live/orders/partner4_request, SignedHeaders=host;x-partner-date, Signature='
const OTHER_HEAD = HEAD.replace('acme_2026_a', 'zeta_2025_z')
const HEX = '0123456789abcdef'
const FIRST = HEX.repeat(4)
const SECOND = 'f'.repeat(64)
const parsed = (value: string): HmacAuthorization => parseAuthorizationHeader(value)
const memoOf = (slots: number, ...values: string[]): AuthorizationMemo => {
  const memo = new AuthorizationMemo(slots)
  for (const value of values) memo.keep(value, parsed(value))
  return memo
}

describe('AuthorizationMemo', () => {
  it('finds what was kept, with the signature that came now', () => {
    const memo = memoOf(16, HEAD + FIRST)
    for (const value of [HEAD + FIRST, HEAD + SECOND]) expect(memo.find(value)).toEqual(parsed(value))
  })

  it('knows nothing at first', () => {
    expect(memoOf(16).find(HEAD + FIRST)).toBeUndefined()
  })

  it('holds one text in one slot: the newer takes the place, and no text gets what is of another', () => {
    const memo = memoOf(1, HEAD + FIRST, OTHER_HEAD + FIRST)
    expect(memo.find(HEAD + FIRST)).toBeUndefined()
    expect(memo.find(OTHER_HEAD + FIRST)).toEqual(parsed(OTHER_HEAD + FIRST))
  })

  it('tells texts apart in their last character, their length and their ends', () => {
    const memo = memoOf(1, HEAD + FIRST)
    expect(memo.find(HEAD + SECOND)).toEqual(parsed(HEAD + SECOND))
    for (const head of [
      HEAD.slice(0, -1),
      `${HEAD} `,
      ` ${HEAD}`,
      HEAD.slice(1),
      HEAD.replace('live', 'life'),
      '',
    ])
      expect(memo.find(head + FIRST)).toBeUndefined()
  })

  it.each(['g', 'G', 'A', 'F', ' ', '/', ':', '`', '@', '\0', '\xff', '\u0131'])(
    'finds nothing for a signature with %j, wherever it stands',
    char => {
      const memo = memoOf(1, HEAD + FIRST)
      for (let at = 0; at < 64; at++)
        expect(memo.find(HEAD + FIRST.slice(0, at) + char + FIRST.slice(at + 1))).toBeUndefined()
    },
  )

  it('key ids with a random part stand side by side', () => {
    const idOf = (i: number): string => createHash('sha256').update(String(i)).digest('hex').slice(0, 24)
    const heads = Array.from({ length: 40 }, (_, i) => HEAD.replace('acme_2026_a', `acme_${idOf(i)}`))
    const memo = memoOf(4096, ...heads.map(head => head + FIRST))
    const found = heads.filter(head => memo.find(head + SECOND) !== undefined)
    // 40 of 4,096 slots: chance alone makes fewer than one pair meet.
    expect(found.length).toBeGreaterThanOrEqual(37)
  })
})
