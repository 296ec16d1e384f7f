import { CliError } from '../errors.js'
import { EXIT } from '../exit-code.js'
import { formatCount } from './progress.js'

/** `--max-rejects`: so many rows, or so much of the file. */
export type RejectLimit = { readonly count: number } | { readonly percent: number }

/** @returns the failure to end with, if there are more rejects than are allowed */
export function checkRejectLimit(
  limit: RejectLimit | undefined,
  rejected: number,
  rows: number,
  nothingSent: boolean,
): CliError | undefined {
  if (limit === undefined) return undefined
  const allowed = 'count' in limit ? limit.count : Math.floor((rows * limit.percent) / 100)
  if (rejected <= allowed) return undefined
  const most =
    'count' in limit
      ? formatCount(allowed)
      : `${limit.percent}% (${formatCount(allowed)} of ${formatCount(rows)})`
  const state = nothingSent ? ' Nothing was sent.' : ''
  return new CliError(
    'too_many_rejects',
    EXIT.tooManyRejects,
    `${formatCount(rejected)} ${rejected === 1 ? 'row is' : 'rows are'} rejected, and --max-rejects allows ${most}.${state}`,
    { next: 'look at the rejects file: a wrong column or code spoils many rows at once' },
  )
}
