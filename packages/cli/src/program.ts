import { Command, InvalidArgumentError, Option } from 'commander'
import { createApiCommand } from './commands/api/command.js'
import { createAuthCommand } from './commands/auth/command.js'
import { createCompletionCommand } from './commands/completion/command.js'
import { createConfigureCommand } from './commands/configure/command.js'
import { createDoctorCommand } from './commands/doctor/command.js'
import { createEventsCommand } from './commands/events/command.js'
import { createExplainCommand } from './commands/explain/command.js'
import { createHelpCommand } from './commands/help/command.js'
import { createOrdersCommand } from './commands/orders/command.js'
import { createProfileCommand } from './commands/profile/command.js'
import { createPushStatusCommand } from './commands/push-status/command.js'
import { createRetryCommand } from './commands/retry/command.js'
import { createRunsCommand } from './commands/runs/command.js'
import { createSandboxCommand } from './commands/sandbox/command.js'
import { createSignCommand } from './commands/sign/command.js'
import { createStatusesCommand } from './commands/statuses/command.js'
import { createValidateCommand } from './commands/validate/command.js'
import { createWatchCommand } from './commands/watch/command.js'
import type { World } from './context.js'
import type { ExitCode } from './exit-code.js'
import { createStart } from './start.js'
import { readVersion } from './version.js'

/**
 * The command tree: argv to options. What a command does is imported when it runs, so that `--help` and `--version`
 * load neither the HTTP client nor the settings library.
 *
 * @param finish gets the exit code of the command that ran
 */
export function createProgram(world: World, finish: (exitCode: ExitCode) => void): Command {
  const start = createStart(world, finish)
  const program = new Command('partner-cli')
    .description('Push order statuses to the platform: one, or a file of them; from a terminal or from cron.')
    .version(readVersion())
    .exitOverride()
    .configureOutput({
      writeOut: text => void world.stdout.write(text),
      writeErr: text => void world.stderr.write(text),
      // `main` says what is wrong, once.
      outputError: () => {},
      getOutHelpWidth: () => world.stdout.columns ?? 80,
      getErrHelpWidth: () => world.stderr.columns ?? 80,
    })
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .option('--profile <name>', 'the profile to use (partner-cli help environment)')
    .option('--base-url <url>', 'where the platform is')
    .option('--json', 'the result as one line of JSON')
    .option('--query <jmespath>', 'print this part of the JSON only')
    .addOption(
      new Option('--output <format>', 'human, json, or ndjson: a line per event').choices([
        'human',
        'json',
        'ndjson',
      ]),
    )
    .option('-q, --quiet', 'no notes and no progress; the result only when something is wrong')
    .option('-v, --verbose', 'say more on standard error')
    .option('--debug', 'show what is signed; never a secret or a signature')
    .option('--log-file <file>', 'append a line for everything that happens')
    .addOption(new Option('--log-format <format>', 'json (default) or text').choices(['json', 'text']))
    .option('--no-color', 'no colours (also NO_COLOR)')
    .option('--no-progress', 'no progress bar')
    .option('--proxy <url>', 'send through this proxy (also HTTPS_PROXY, NO_PROXY)')
    .option('--ca-bundle <file>', 'trust these CA certificates too (PEM)')
    .option('--timeout <seconds>', 'the most that one request may take', parsePositive)
    .option('--client-cert <file>', 'show this certificate to the platform (PEM)')
    .option('--client-key <file>', 'its private key (PEM)')
    .option('--credential-file <file>', 'use the credential in this file; - for standard input')
    .option('--no-input', 'never ask anything')
    .option('--config-dir <dir>', 'where settings and secret files are')
    .addHelpText('after', '\nMore: partner-cli help exit-codes | environment | files | formats')
  for (const command of [
    createPushStatusCommand(start),
    createRetryCommand(start),
    createWatchCommand(start),
    createValidateCommand(start),
    createRunsCommand(start),
    createOrdersCommand(start),
    createEventsCommand(start),
    createStatusesCommand(start),
    createAuthCommand(start),
    createProfileCommand(start),
    createConfigureCommand(start),
    createSignCommand(start),
    createExplainCommand(start),
    createApiCommand(start),
    createDoctorCommand(start),
    createSandboxCommand(start),
    createCompletionCommand(start),
    createHelpCommand(start),
  ]) {
    adopt(program, command)
  }
  return program
}

/** `addCommand` does not hand settings down; `command()` would, but then commands could not stand in their own files. */
function adopt(parent: Command, command: Command): void {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) child.copyInheritedSettings(command)
  parent.addCommand(command)
}

function parsePositive(text: string): number {
  const number = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && number > 0) return number
  throw new InvalidArgumentError('It must be a number above 0.')
}
