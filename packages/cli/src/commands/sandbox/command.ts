import { Command, InvalidArgumentError } from 'commander'
import type { Run, Start } from '../../start.js'

export interface SandboxOptions {
  readonly port: number
  readonly dataDir?: string | undefined
  readonly readyFile?: string | undefined
  readonly chaos?: string | undefined
  /** The profile that gets the sandbox's credential. */
  readonly into?: string | undefined
}

const EXAMPLES = `
Examples:
  partner-cli sandbox --into sandbox &
  partner-cli push-status A-1001 shipped --profile sandbox
  partner-cli sandbox --chaos 429=0.02,503=0.02,lost=0.03

It runs until it is interrupted. It needs the package @countersign/sandbox, whose
own program, partner-sandbox, has more options.`

/** argv → options of `sandbox`. */
export function createSandboxCommand(start: Start, run: Run<SandboxOptions> = runLazily): Command {
  return new Command('sandbox')
    .description('run a platform on this machine to try things out')
    .option('--port <number>', 'port to listen on, 0 for a free one', parsePort, 8787)
    .option('--data-dir <dir>', 'keep credential and data here (default: all in memory)')
    .option('--ready-file <file>', 'write URL and credential here (0600) once it listens')
    .option('--chaos <faults>', 'misbehave: 429=, 503=, lost= as rates, latency=50ms')
    .option('--into <profile>', 'import its credential into this profile')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: SandboxOptions, command: Command) => {
      await start(command, run, flags)
    })
}

async function runLazily(...args: Parameters<Run<SandboxOptions>>): ReturnType<Run<SandboxOptions>> {
  return (await import('./run.js')).runSandbox(...args)
}

function parsePort(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : -1
  if (port >= 0 && port <= 65_535) return port
  throw new InvalidArgumentError('It must be a number from 0 to 65535.')
}
