import { readFile } from 'node:fs/promises'
import { ORDER_STATUSES, suggestStatus } from '@countersign/sdk'
import { CliError, systemErrorCode } from '../errors.js'
import { EXIT } from '../exit-code.js'

/** The partner's codes and the statuses they mean. */
export type StatusMap = ReadonlyMap<string, string>

/** Whether a text is a status of the platform. */
export function isStatus(text: string): boolean {
  return (ORDER_STATUSES as readonly string[]).includes(text)
}

/**
 * Reads `--status-map FILE`: a JSON object `{ "ZUG": "delivered" }`, or a line `ZUG=delivered` each. Blank lines and lines
 * that begin with `#` are read over.
 *
 * @throws CliError `status_map_unreadable`, `status_map_invalid` (exit 2)
 */
export async function readStatusMap(path: string): Promise<StatusMap> {
  let text: string
  try {
    text = (await readFile(path, 'utf8')).replace(/^\ufeff/, '')
  } catch (error) {
    const fault = systemErrorCode(error) ?? 'unknown error'
    throw new CliError(
      'status_map_unreadable',
      EXIT.usage,
      `The status map ${path} cannot be read (${fault}).`,
      {
        next: 'check the path given with --status-map',
        cause: error,
      },
    )
  }
  const entries = text.trimStart().startsWith('{') ? readJson(path, text) : readLines(path, text)
  const map = new Map<string, string>()
  for (const [code, status] of entries) {
    if (!isStatus(status)) {
      const suggestion = suggestStatus(status)
      const hint = suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`
      throw invalid(
        path,
        `${JSON.stringify(code)} stands for ${JSON.stringify(status)}, which is not a status.${hint}`,
      )
    }
    map.set(code.trim(), status)
  }
  if (map.size === 0) throw invalid(path, 'it holds no code.')
  return map
}

function readJson(path: string, text: string): [string, string][] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalid(path, 'it is no valid JSON.', error)
  }
  return Object.entries(value as Record<string, unknown>).map(([code, status]) => {
    if (typeof status === 'string') return [code, status]
    throw invalid(path, `the value of ${JSON.stringify(code)} is no text.`)
  })
}

function readLines(path: string, text: string): [string, string][] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return []
    const match = /^\s*(.+?)\s*[=;\t]\s*(\S+)\s*$/.exec(line)
    if (match === null) throw invalid(path, `line ${index + 1} is not of the form CODE=status.`)
    return [[match[1]!, match[2]!]]
  })
}

function invalid(path: string, fault: string, cause?: unknown): CliError {
  return new CliError('status_map_invalid', EXIT.usage, `The status map ${path} cannot be used: ${fault}`, {
    next: 'partner-cli statuses lists the statuses; partner-cli help formats shows the form',
    cause,
  })
}
