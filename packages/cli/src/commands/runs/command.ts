import { Command } from 'commander'
import { parseDuration, wholeUpTo } from '../../push/parse-amounts.js'
import type { Run, Start } from '../../start.js'

export type RunsOptions =
  | { readonly kind: 'list'; readonly limit: number; readonly unfinished: boolean }
  | { readonly kind: 'show' | 'rejects' | 'export'; readonly run: string }
  | {
      readonly kind: 'prune'
      readonly olderThanMs: number
      readonly unfinished: boolean
      readonly dryRun: boolean
    }

const REFERENCE = 'its id, the beginning of it, or last'

/** argv → options of `runs`. */
export function createRunsCommand(start: Start, run: Run<RunsOptions> = runLazily): Command {
  const one = (kind: 'show' | 'rejects' | 'export', description: string): Command =>
    new Command(kind)
      .description(description)
      .argument('[run]', REFERENCE, 'last')
      .action(async (reference: string, _flags: unknown, command: Command) => {
        await start(command, run, { kind, run: reference })
      })
  const list = new Command('list')
    .description('list the runs of this machine, the latest first')
    .option('--limit <n>', 'that many', wholeUpTo(100_000), 20)
    .option('--unfinished', 'only those with pending rows')
    .action(
      async ({ limit, unfinished = false }: { limit: number; unfinished?: boolean }, command: Command) => {
        await start(command, run, { kind: 'list', limit, unfinished })
      },
    )
  const prune = new Command('prune')
    .description('remove the journals of old runs')
    .option('--older-than <duration>', 'how old', parseDuration, 90 * 86_400_000)
    .option('--unfinished', 'runs with pending rows too: they cannot be resumed any more')
    .option('--dry-run', 'only tell which')
    .addHelpText('after', '\nFinished runs of more than 90 days are removed without asking when a run ends.')
    .action(
      async (flags: { olderThan: number; unfinished?: boolean; dryRun?: boolean }, command: Command) => {
        const { olderThan, unfinished = false, dryRun = false } = flags
        await start(command, run, { kind: 'prune', olderThanMs: olderThan, unfinished, dryRun })
      },
    )
  // The default is a number of milliseconds, which nobody would recognise.
  for (const option of prune.options)
    if (option.long === '--older-than') option.default(90 * 86_400_000, '90d')
  return new Command('runs')
    .description('what was pushed from this machine, and what became of it')
    .addCommand(list)
    .addCommand(one('show', 'show the summary of a run'))
    .addCommand(one('rejects', 'print the rejected rows of a run, as its rejects file has them'))
    .addCommand(one('export', 'print what became of every row of a run, a line of JSON each'))
    .addCommand(prune)
}

async function runLazily(...args: Parameters<Run<RunsOptions>>): ReturnType<Run<RunsOptions>> {
  const { runRuns } = await import('./run.js')
  return runRuns(...args)
}
