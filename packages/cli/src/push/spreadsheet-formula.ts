/**
 * A cell that begins like this is run as a formula when a spreadsheet opens the file. Some of it comes from strangers: a
 * driver's remark, a consumer's name.
 */
const FORMULA = /^[=+\-@\t\r]/
/** A number is only a number. */
const NUMBER = /^[+-]?[\d\s.,()/-]+$/

/** Puts an apostrophe before a cell that a spreadsheet would run; the inverse of {@link revealCell}. */
export function disarmCell(cell: string): string {
  return isArmed(cell) ? `'${cell}` : cell
}

/** Takes off the apostrophe that {@link disarmCell} put there, and no other. */
export function revealCell(cell: string): string {
  return cell.startsWith("'") && isArmed(cell.slice(1)) ? cell.slice(1) : cell
}

/** Apostrophes count as nothing, so that a partner's own `'=` comes back as it was. */
function isArmed(cell: string): boolean {
  const bare = cell.replace(/^'+/, '')
  return FORMULA.test(bare) && !NUMBER.test(bare)
}
