import type { Context } from '../../context.js'
import { createProgress, formatCount, type Progress } from '../../push/progress.js'
import type { FileRun } from './file-run.js'

/** One line before a run, for someone who watches. */
export async function describeStart({ context, connection, tally }: FileRun): Promise<void> {
  if (context.stderr.isTTY !== true && context.flags.verbose !== true) return
  const rows = `${formatCount(tally.rows)} ${tally.rows === 1 ? 'row' : 'rows'}`
  const to =
    connection === undefined
      ? 'no profile'
      : `${connection.environment} at ${connection.baseUrl}, key ${connection.keyId}`
  await context.note(`${rows} → ${to}`)
}

/** Said to everyone, cron too: a run that goes on is one that had ended badly. */
export async function describeResumption({ context, tally, runId }: FileRun, done: number): Promise<void> {
  await context.note(
    `Resuming run ${runId}: ${formatCount(done)} of ${formatCount(tally.rows)} rows are done.`,
  )
}

/** A bar on a terminal, unless lines of events would run through it. */
export function startProgress({ flags, stderr, stdout, output, env, now }: Context): Progress | undefined {
  const mixed = output.mode === 'ndjson' && stdout.isTTY === true
  if (stderr.isTTY !== true || flags.quiet === true || flags.progress === false || mixed) return undefined
  if (env['TERM'] === 'dumb') return undefined
  return createProgress(stderr, () => now().getTime())
}
