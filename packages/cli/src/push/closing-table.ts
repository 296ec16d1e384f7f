import { EXIT } from '../exit-code.js'
import { quoteForShell } from '../private-file.js'
import { formatCount, formatDuration } from './progress.js'
import { WARNINGS, type WarningCode } from './sequence-check.js'
import type { PushSummary, Tally } from './summary.js'

/** What the closing text depends on besides the summary. */
export interface ClosingFacts {
  readonly summary: PushSummary
  readonly tally: Tally
  readonly seconds: number
  /** Columns of the terminal; examples are cut to fit. Absent when the output is no terminal. */
  readonly columns?: number | undefined
}

const EXAMPLE_MINIMUM = 20
const INDENT = ' '.repeat(10)
/** Endings after which running again alone would change nothing. */
const REPAIRABLE: ReadonlySet<number> = new Set([EXIT.usage, EXIT.auth, EXIT.environment])

/** The end of a run for people: counts, rejects by code, and the next command. */
export function formatClosing({ summary, tally, seconds, columns }: ClosingFacts): string {
  const lines = [formatCounts(summary, seconds, columns), ...formatRejects(tally, columns)]
  if (tally.warnings.size > 0) lines.push(...formatWarnings(tally))
  if (summary.rejectsFile !== null) {
    const count = `${formatCount(summary.rejected)} ${summary.rejected === 1 ? 'row' : 'rows'}`
    const next = summary.dryRun
      ? `partner-cli push-status -f ${quoteForShell(summary.rejectsFile)}`
      : `partner-cli retry ${summary.runId}`
    lines.push(`Rejected: ${summary.rejectsFile} (${count}; _line, _code, _detail say why)`)
    if (!summary.resumable) lines.push(`Next:     correct them there, then\n${INDENT}${next}`)
  }
  if (summary.resumable) {
    const when = REPAIRABLE.has(summary.exitCode) ? ' once the error below is repaired' : ''
    lines.push(
      `Pending:  run the same command again${when};\n${INDENT}what was accepted is not applied twice`,
    )
  }
  return lines.join('\n')
}

function formatWarnings({ warnings }: Tally): string[] {
  return [...warnings].map(([code, { count, lines }]) => {
    const shown = `${lines.join(', ')}${count > lines.length ? ', …' : ''}`
    const meaning = WARNINGS[code as WarningCode] ?? code
    return `Note:     ${formatCount(count)} ${count === 1 ? 'row' : 'rows'} ${meaning} (line ${shown})`
  })
}

function formatCounts(summary: PushSummary, seconds: number, columns: number | undefined): string {
  const { rows, accepted, rejected, pending, replayed, late, unchanged, duplicatesInFile, dryRun } = summary
  const parts = [`${formatCount(rows)} ${rows === 1 ? 'row' : 'rows'}:`]
  if (dryRun) parts.push(`valid ${formatCount(pending)}`)
  else parts.push(`accepted ${formatCount(accepted)}${formatParts({ replayed, late, unchanged })}`)
  if (duplicatesInFile > 0) parts.push(`duplicates in file ${formatCount(duplicatesInFile)}`)
  parts.push(`rejected ${formatCount(rejected)}`)
  parts.push(dryRun ? 'nothing sent (dry run)' : `pending ${formatCount(pending)}`)
  parts.push(formatDuration(seconds))
  const line = parts.join('   ')
  return columns === undefined || line.length < columns ? line : parts.join('\n  ')
}

function formatParts(parts: Readonly<Record<string, number>>): string {
  const shown = Object.entries(parts).filter(([, count]) => count > 0)
  return shown.length === 0
    ? ''
    : ` (${shown.map(([name, count]) => `${name} ${formatCount(count)}`).join(', ')})`
}

function formatRejects(tally: Tally, columns: number | undefined): string[] {
  if (tally.rejects.size === 0) return []
  const rows = [...tally.rejects].sort(([a, x], [b, y]) => y.count - x.count || a.localeCompare(b))
  const cells = rows.map(([code, { count, lines, detail }]) => ({
    count: formatCount(count),
    code,
    lines: `${lines.join(', ')}${count > lines.length ? ', …' : ''}`,
    detail,
  }))
  const header = { count: 'rows', code: 'code', lines: 'first lines', detail: 'for example' }
  const width = (key: 'count' | 'code' | 'lines'): number =>
    Math.max(...[header, ...cells].map(cell => cell[key].length))
  const table = [header, ...cells].map(cell => {
    const left = `${cell.count.padStart(width('count') + 2)}  ${cell.code.padEnd(width('code'))}  ${cell.lines.padEnd(width('lines'))}`
    const room = columns === undefined ? Number.POSITIVE_INFINITY : columns - left.length - 3
    if (room >= EXAMPLE_MINIMUM) return `${left}  ${cut(cell.detail, room)}`
    // A narrow terminal: the example gets a line of its own.
    const example =
      cell === header
        ? ''
        : `\n${' '.repeat(width('count') + 4)}${cut(cell.detail, (columns ?? 80) - width('count') - 5)}`
    return `${left.trimEnd()}${example}`
  })
  return ['', ...table, '']
}

function cut(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`
}
