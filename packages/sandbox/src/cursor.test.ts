import { expect, it } from 'vitest'
import { formatCursor, parseCursor } from './cursor.js'

it('reads what it wrote, and nothing else', () => {
  for (const arrival of [1, 42, 999_999_999]) expect(parseCursor(formatCursor(arrival))).toBe(arrival)
  expect(formatCursor(1)).toMatch(/^[A-Za-z0-9_-]+$/)
  const others = ['v1:0', 'v1:01', 'v1:-1', 'v1:1.5', 'v2:1', 'v1:9999999999', ''].map(text =>
    Buffer.from(text).toString('base64url'),
  )
  for (const text of [...others, `${formatCursor(1)}=`, `${formatCursor(1)} `, '!!', 'x'.repeat(10_000)])
    expect(parseCursor(text)).toBeUndefined()
})
