import { expect, test } from 'vitest'
import { disarmCell, revealCell } from './spreadsheet-formula.js'

test.each([
  ['=HYPERLINK("http://x")', `'=HYPERLINK("http://x")`],
  ['+cmd', "'+cmd"],
  ['-1+1|x', "'-1+1|x"],
  ['@SUM(1)', "'@SUM(1)"],
  ['\t=1', "'\t=1"],
  ["'=1", "''=1"],
  ['+49 (0)30/123', '+49 (0)30/123'],
  ['-12,5', '-12,5'],
  ["'s-Gravenhage", "'s-Gravenhage"],
  ['O=O', 'O=O'],
  ['', ''],
])('%j', (cell, shown) => {
  expect(disarmCell(cell)).toBe(shown)
  expect(revealCell(shown)).toBe(cell)
})
