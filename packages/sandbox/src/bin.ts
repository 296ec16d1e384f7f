import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { formatAnnouncement } from './announcement.js'
import { type CommandLine, parseCommandLine } from './options.js'
import type { Sandbox } from './sandbox.js'

/** Runs the command; resolves with the exit code once the sandbox has stopped. 2: usage, 1: anything else. */
export async function runSandboxCommand(argv: readonly string[]): Promise<number> {
  let options: CommandLine
  try {
    options = parseCommandLine(argv, readVersion())
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? 0 : 2
  }
  // Before the start: a signal that comes while the database opens must stop it, too.
  const stopped = waitForSignal()
  let sandbox: Sandbox
  try {
    // Loaded here: help, and the word on a wrong flag, need no database and come at once.
    const { startSandbox } = await import('./sandbox.js')
    sandbox = await startSandbox(options)
  } catch (error) {
    process.stderr.write(`partner-sandbox: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
  if (!options.quiet) {
    const { readyFile } = options
    const dataDir = options.databaseUrl === undefined ? options.dataDir : describe(options.databaseUrl)
    process.stdout.write(formatAnnouncement(sandbox.ready, { readyFile, dataDir }, Date.now()))
  }
  await stopped
  await sandbox.close()
  return 0
}

/** Resolves at the first SIGINT or SIGTERM; the second one ends the process at once, as the signal asks. */
function waitForSignal(): Promise<void> {
  let seen = false
  return new Promise(resolve => {
    for (const [signal, number] of [
      ['SIGINT', 2],
      ['SIGTERM', 15],
    ] as const) {
      process.on(signal, () => {
        if (seen) process.exit(128 + number)
        seen = true
        resolve()
      })
    }
  })
}

function describe(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl)
  return `PostgreSQL ${host}${pathname}`
}

function readVersion(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}

const code = await runSandboxCommand(process.argv.slice(2))
// Not process.exit: what is still in the pipe to a reader must get there.
process.exitCode = code
