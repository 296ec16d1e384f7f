import { createReadStream, existsSync } from 'node:fs'
import type { Context } from '../../context.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { writeText } from '../../output.js'
import { findRun, readRun, readRunStates, type StoredRun } from '../../push/find-run.js'
import { formatCount } from '../../push/progress.js'
import { pruneRuns } from '../../push/prune-runs.js'
import { readJournal } from '../../push/read-journal.js'
import { listRunIds } from '../../push/run-folder.js'
import type { RunsOptions } from './command.js'

/** `runs list|show|rejects|export|prune`: reads the journals of this machine; the platform is not asked. */
export async function runRuns(context: Context, options: RunsOptions): Promise<ExitCode> {
  const { stateDirectory } = context
  switch (options.kind) {
    case 'list':
      await listRuns(context, options.limit, options.unfinished)
      break
    case 'show':
      await showRun(context, await findRun(stateDirectory, options.run))
      break
    case 'rejects':
      await printRejects(context, await findRun(stateDirectory, options.run))
      break
    case 'export':
      await exportRun(context, await findRun(stateDirectory, options.run))
      break
    case 'prune': {
      const removed = await pruneRuns(stateDirectory, { ...options, now: context.now() })
      const verb = options.dryRun ? 'would be' : removed.length === 1 ? 'was' : 'were'
      await context.output.result({ schema: 'partner-cli.prune/1', dryRun: options.dryRun, removed }, () =>
        [`${removed.length} ${removed.length === 1 ? 'run' : 'runs'} ${verb} removed.`, ...removed].join(
          '\n',
        ),
      )
      break
    }
  }
  return EXIT.ok
}

async function listRuns(
  { output, stateDirectory }: Context,
  limit: number,
  unfinishedOnly: boolean,
): Promise<void> {
  const states = await readRunStates(stateDirectory)
  const runs: StoredRun[] = []
  for (const id of await listRunIds(stateDirectory)) {
    if (runs.length >= limit) break
    if (unfinishedOnly && !states.unfinished.has(id)) continue
    const run = await readRun(stateDirectory, id, states)
    if (run !== undefined) runs.push(run)
  }
  const described = runs.map(describeRun)
  for (const run of described) await output.event(run)
  await output.result({ schema: 'partner-cli.runs/1', runs: described }, () => {
    if (runs.length === 0) return 'There is no run yet.'
    const rows = described.map(({ runId, file, rows, accepted, rejected, pending, state }) => [
      runId,
      formatCount(rows),
      formatCount(accepted),
      formatCount(rejected),
      formatCount(pending),
      state,
      file,
    ])
    const table = [['run', 'rows', 'accepted', 'rejected', 'pending', 'state', 'file'], ...rows]
    const widths = table[0]!.map((_, at) => Math.max(...table.map(cells => cells[at]!.length)))
    return table
      .map(cells =>
        cells
          .map((cell, at) => (at >= 1 && at <= 4 ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
          .join('  ')
          .trimEnd(),
      )
      .join('\n')
  })
}

interface DescribedRun {
  readonly runId: string
  readonly startedAt: string
  readonly profile: string | null
  readonly environment: string
  readonly file: string
  readonly rows: number
  readonly accepted: number
  readonly rejected: number
  readonly pending: number
  /** `running`, and `interrupted` (its last attempt was killed): the counts are those of its journal. */
  readonly state: 'running' | 'finished' | 'unfinished' | 'interrupted'
  readonly exitCode: number | null
  readonly rejectsFile: string | null
}

function describeRun({ record, summary, unfinished, running, decided }: StoredRun): DescribedRun {
  const { runId, startedAt, profile, environment, file, rows } = record
  const facts = { runId, startedAt, profile, environment, file: file.name, rows }
  // A summary that counts less than the journal is one of an earlier attempt: the last one was killed.
  const known = summary === undefined ? 0 : summary.accepted + summary.rejected + summary.duplicatesInFile
  if (running || summary === undefined || (unfinished && decided > known)) {
    const counts = { accepted: decided, rejected: 0, pending: rows - decided }
    return {
      ...facts,
      ...counts,
      state: running ? 'running' : 'interrupted',
      exitCode: null,
      rejectsFile: null,
    }
  }
  const { accepted, rejected, pending, exitCode, rejectsFile } = summary
  const state = unfinished ? 'unfinished' : 'finished'
  return { ...facts, accepted, rejected, pending, state, exitCode, rejectsFile }
}

async function showRun({ output }: Context, run: StoredRun): Promise<void> {
  const { record, summary, folder } = run
  const described = describeRun(run)
  const { accepted, rejected, pending, state } = described
  await output.result({ ...(summary ?? described), state, journal: folder.journal }, () => {
    const byCode = Object.entries(summary?.byCode ?? {}).map(
      ([code, count]) => `${formatCount(count)} ${code}`,
    )
    const lines = [
      ['run', `${record.runId}, ${state}${summary === undefined ? '' : `, exit code ${summary.exitCode}`}`],
      [
        'file',
        `${record.file.name} (${formatCount(record.file.bytes)} bytes, sha256 ${record.file.sha256.slice(0, 12)}…)`,
      ],
      ['sent to', `${record.environment} at ${record.baseUrl}, key ${record.keyId}`],
      ['time', `${record.startedAt} to ${summary?.finishedAt ?? '?'}`],
      [
        'rows',
        `${formatCount(record.rows)}: accepted ${formatCount(accepted)}, rejected ${formatCount(rejected)}, pending ${formatCount(pending)}`,
      ],
      ...(byCode.length === 0 ? [] : [['rejected', byCode.join(', ')]]),
      ...(summary?.rejectsFile == null ? [] : [['rejects', summary.rejectsFile]]),
      ['journal', folder.journal],
    ]
    const next = state === 'finished' && rejected === 0 ? [] : [`\nNext: partner-cli retry ${record.runId}`]
    return [...lines.map(([name, text]) => `${name!.padEnd(9)}${text}`), ...next].join('\n')
  })
}

async function printRejects(context: Context, { folder, record }: StoredRun): Promise<void> {
  if (!existsSync(folder.rejects)) {
    await context.note(`The run ${record.runId} rejected no row.`)
    return
  }
  // Bytes, not text: they are in the partner's own encoding.
  for await (const chunk of createReadStream(folder.rejects)) {
    if (context.stdout.destroyed === true) return
    if (!context.stdout.write(chunk as Buffer)) await writeText(context.stdout, '')
  }
}

async function exportRun({ output, stdout }: Context, { folder }: StoredRun): Promise<void> {
  for await (const record of readJournal(folder.journal)) {
    if (record['type'] !== 'row') continue
    const { type: _, ...row } = record
    if (output.mode === 'human') await writeText(stdout, `${JSON.stringify(row)}\n`)
    else await output.result(row, () => '')
  }
}
