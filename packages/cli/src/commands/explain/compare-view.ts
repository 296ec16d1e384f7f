import type { Paint } from '../../output.js'
import { type AlignedLine, alignLines } from './align-lines.js'
import { showBytes } from './show-bytes.js'

/** Below this width the two sides stand in one column, as in a unified diff. */
const TWO_COLUMNS_FROM = 100
const NUMBER_WIDTH = 3

/** What is shown and where. */
export interface ComparedTexts {
  readonly signer: string
  readonly verifier: string
  /** What each of them is, in a few words. */
  readonly titles: readonly [signer: string, verifier: string]
  /** The first character that differs, from 1; undefined when the texts are the same. */
  readonly difference: { readonly line: number; readonly column: number } | undefined
}

interface Cell {
  readonly text: string
  /** Position of the caret in `text`. */
  readonly caret: number | undefined
}

/** Both texts, line by line, with a caret below the first character that differs. */
export function formatComparison(texts: ComparedTexts, width: number, paint: Paint): readonly string[] {
  const rows = alignLines(texts.signer.split('\n'), texts.verifier.split('\n'))
  if (texts.difference === undefined) return rows.flatMap(row => formatSame(row, width))
  const isWide = width >= TWO_COLUMNS_FROM
  const format = isWide ? formatSideBySide : formatBelow
  const [ours, theirs] = texts.titles
  const titles = isWide
    ? [`${numberOf(undefined)} ${ours.padEnd(paneOf(width))}   ${theirs}`]
    : [`${numberOf(undefined)} - ${ours}`, `${numberOf(undefined)} + ${theirs}`]
  const { line, column } = texts.difference
  // The line stands under the same number on both sides, or is there on one side only.
  const marked = rows.find(row => !row.same && (row.signerLine === line || row.verifierLine === line))
  const shown = rows.flatMap(row => format(row, row === marked ? column : undefined, width, paint))
  return [...titles.map(title => paint('bold', title)), ...shown]
}

function formatSame(row: AlignedLine, width: number): readonly string[] {
  return wrap(toCell(row.signer!, undefined, true), width - NUMBER_WIDTH - 3).map(({ text }, index) =>
    `${numberOf(index === 0 ? row.signerLine : undefined)}   ${text}`.trimEnd(),
  )
}

function formatBelow(
  row: AlignedLine,
  column: number | undefined,
  width: number,
  paint: Paint,
): readonly string[] {
  if (row.same) return formatSame(row, width)
  const side = (text: string | undefined, line: number | undefined, mark: '-' | '+'): string[] => {
    if (text === undefined) return []
    // One caret is enough: below the last of the two.
    const caret = mark === '+' || row.verifier === undefined ? column : undefined
    return wrap(toCell(text, caret, false), width - NUMBER_WIDTH - 3).flatMap((cell, index) => {
      const shown = `${numberOf(index === 0 ? line : undefined)} ${mark} ${cell.text}`
      const colored = paint(mark === '-' ? 'red' : 'green', shown)
      return cell.caret === undefined ? [colored] : [colored, `${' '.repeat(NUMBER_WIDTH + 3 + cell.caret)}^`]
    })
  }
  return [...side(row.signer, row.signerLine, '-'), ...side(row.verifier, row.verifierLine, '+')]
}

function formatSideBySide(
  row: AlignedLine,
  column: number | undefined,
  width: number,
  paint: Paint,
): readonly string[] {
  const pane = paneOf(width)
  const cells = (text: string | undefined): readonly Cell[] =>
    text === undefined ? [] : wrap(toCell(text, column, row.same), pane)
  const [left, right] = [cells(row.signer), cells(row.verifier)]
  const mark = row.same ? ' ' : row.signer === undefined ? '>' : row.verifier === undefined ? '<' : '|'
  const lines: string[] = []
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [ours, theirs] = [left[i], right[i]]
    const leftText = (ours?.text ?? '').padEnd(pane)
    const rightText = theirs?.text ?? ''
    const shown = row.same ? [leftText, rightText] : [paint('red', leftText), paint('green', rightText)]
    lines.push(
      `${numberOf(i === 0 ? (row.signerLine ?? row.verifierLine) : undefined)} ${shown[0]} ${mark} ${shown[1]}`.trimEnd(),
    )
    if (ours?.caret === undefined && theirs?.caret === undefined) continue
    const caret = (cell: Cell | undefined): string =>
      cell?.caret === undefined ? '' : `${' '.repeat(cell.caret)}^`
    lines.push(`${' '.repeat(NUMBER_WIDTH + 1)}${caret(ours).padEnd(pane)}   ${caret(theirs)}`.trimEnd())
  }
  return lines
}

function toCell(text: string, column: number | undefined, same: boolean): Cell {
  const caret = column === undefined ? undefined : showBytes(text.slice(0, column - 1)).length
  // An empty line is nothing to see, unless it is what differs.
  return { text: text === '' && !same ? '(empty line)' : showBytes(text), caret }
}

function wrap({ text, caret }: Cell, width: number): readonly Cell[] {
  const cells: Cell[] = []
  for (let start = 0; start === 0 || start < text.length; start += width) {
    const isLast = start + width >= text.length
    const here = caret !== undefined && caret >= start && (caret < start + width || isLast)
    cells.push({ text: text.slice(start, start + width), caret: here ? caret - start : undefined })
  }
  return cells
}

function numberOf(line: number | undefined): string {
  return (line === undefined ? '' : String(line)).padStart(NUMBER_WIDTH)
}

function paneOf(width: number): number {
  return Math.floor((width - NUMBER_WIDTH - 4) / 2)
}
