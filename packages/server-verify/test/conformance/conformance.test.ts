// The table itself: that it is whole, and that every adapter has its file.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ADAPTERS } from './adapters.js'
import { ATTACKS } from './attacks.js'
import { STATE_ATTACKS } from './state-attacks.js'

const CATALOGUE = [
  ...Array.from({ length: 15 }, (_, i) => `A${i + 1}`),
  ...Array.from({ length: 9 }, (_, i) => `B${i + 1}`),
  ...Array.from({ length: 11 }, (_, i) => `C${i + 1}`),
]

it('the table has every row of the catalogue, and no two of one name', () => {
  const rows = [...ATTACKS, ...STATE_ATTACKS]
  const ids = new Set<string>(rows.map(({ id }) => id))
  expect(CATALOGUE.filter(id => !ids.has(id))).toEqual([])
  const titles = rows.map(({ id, name }) => `${id} ${name}`)
  expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([])
})

// A file each, so that they run side by side.
it.each(Object.keys(ADAPTERS))('the table is run against %s', name => {
  const file = `${name.replaceAll(' ', '-')}.test.ts`
  expect(readFileSync(join(import.meta.dirname, file), 'utf8')).toContain(`ADAPTERS['${name}']`)
})
