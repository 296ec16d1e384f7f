import { Command, Option } from 'commander'
import type { ReadingOptions, SendingOptions } from '../../push/file-push-options.js'
import { parseDuration } from '../../push/parse-amounts.js'
import type { Run, Start } from '../../start.js'
import {
  createReadingFlags,
  createSendingFlags,
  type ReadingFlags,
  type SendingFlags,
  toReadingOptions,
  toSendingOptions,
} from '../push-status/file-flags.js'

export interface WatchOptions {
  readonly directory: string
  /** Take what is there and end. */
  readonly once: boolean
  /** How long a file must have stayed the same. */
  readonly settleMs: number
  /** Only files whose `.ok` file is there. */
  readonly requireOk: boolean
  /** Names that are taken; `*` stands for anything. */
  readonly patterns: readonly string[]
  readonly reading: ReadingOptions
  readonly sending: SendingOptions
}

interface Flags extends ReadingFlags, SendingFlags {
  readonly once?: boolean
  readonly settle: number
  readonly requireOk?: boolean
  readonly glob?: readonly string[]
}

/** argv → options of `watch`. */
export function createWatchCommand(start: Start, run: Run<WatchOptions> = runLazily): Command {
  const command = new Command('watch')
    .description('push every file that is dropped into a folder')
    .argument('<dir>', 'the folder')
    .option('--once', 'push what is there and end: for cron and timers')
    .addOption(
      new Option('--settle <duration>', 'take a file when it has stayed the same for so long')
        .argParser(parseDuration)
        .default(5000, '5s'),
    )
    .option('--require-ok', 'take a file only when FILE.ok is there')
    .option('--glob <pattern>', 'names to take, such as *.csv (repeatable)', collect)
    .addHelpText('after', NOTES)
    .action(async (directory: string, flags: Flags, command: Command) => {
      const { once = false, settle, requireOk = false, glob = [] } = flags
      const waits = command.getOptionValueSource('waitLock') === 'cli'
      const sending = toSendingOptions(flags)
      await start(command, run, {
        directory,
        once,
        settleMs: settle,
        requireOk,
        patterns: glob,
        reading: toReadingOptions(flags),
        // Another run is no reason to leave a file lying there.
        sending: waits ? sending : { ...sending, waitLockMs: once ? 600_000 : FOREVER_MS },
      })
    })
  for (const option of [...createReadingFlags(), ...createSendingFlags()]) {
    if (option.long === '--rejects' || option.long === '--report') continue
    if (option.long === '--wait-lock') option.default(0, 'with --once 10m, else for ever')
    if (option.long === '--error-on-empty') option.description = 'exit 9 when there was no file'
    command.addOption(option)
  }
  return command
}

const FOREVER_MS = 365 * 86_400_000

const NOTES = `
A file is moved to DIR/processing while it is pushed, then to DIR/done, or to DIR/failed when rows were rejected or it
cannot be read; its rejects and its summary lie beside it. Names get the id of the run. A file that has to wait (platform
not reachable, credential refused) goes back to where it was. To push a failed file again, move it back.

FILE.ok says that FILE is complete: it is taken at once. Names that begin with "." or "~$" or end in .tmp, .part, .filepart
or .crdownload are left alone. Several processes may watch one folder, on several machines too.

Examples:
  partner-cli watch /srv/acme/out
  */15 * * * *  partner-cli watch /srv/acme/out --once --deadline 13m -q`

function collect(pattern: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, pattern]
}

async function runLazily(...args: Parameters<Run<WatchOptions>>): ReturnType<Run<WatchOptions>> {
  const { runWatch } = await import('./run.js')
  return runWatch(...args)
}
