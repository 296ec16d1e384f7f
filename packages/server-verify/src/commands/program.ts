import { Command } from 'commander'
import { readVersion } from '../version.js'
import { createAuditCommand } from './audit/command.js'
import { EXIT_CODE_HELP, type ExitCode } from './exit-code.js'
import { createHistoryCommand } from './history/command.js'
import { createImportKeyCommand } from './import-key/command.js'
import { createIssueCommand } from './issue/command.js'
import { createListCommand } from './list/command.js'
import { createMigrateCommand } from './migrate/command.js'
import { createRevokeCommand } from './revoke/command.js'
import { createRewrapCommand } from './rewrap/command.js'
import { createRotateCommand } from './rotate/command.js'
import { createServeCommand } from './serve/command.js'
import { createStart } from './start.js'
import type { World } from './world.js'

const ENVIRONMENT_HELP = `
Environment:
  COUNTERSIGN_STORE       file:PATH or postgres://… (also --store)
  COUNTERSIGN_KEK_FILE    key-encryption keys, one "ID BASE64" a line, the first
                          is current; readable by you only (also --kek-file)
  COUNTERSIGN_KEK         the same as text
  COUNTERSIGN_KEK_MODULE  a module that exports keyEncryptionKeys, for a key
                          management service (also --kek-module)
  COUNTERSIGN_BASE_URL    where partners send requests (also --base-url)
  COUNTERSIGN_ACTOR       who stands in the history; default: your user name
A secret never comes by flag. It is printed once, by issue and rotate.`

/**
 * The command tree: argv to options. What a command does is imported when it runs.
 *
 * @param finish gets the exit code of the command that ran
 */
export function createProgram(world: World, finish: (exitCode: ExitCode) => void): Command {
  const start = createStart(world, finish)
  const program = new Command('server-verify')
    .description(
      'Issue, rotate and revoke the credentials of partners; verify audit logs; answer for a gateway.',
    )
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
    .option('--store <store>', 'file:PATH or postgres://HOST/DATABASE')
    .option('--kek-file <file>', 'the file with the key-encryption keys')
    .option('--kek-module <file>', 'a module that exports keyEncryptionKeys')
    .option('--actor <name>', 'who does it, for the history')
    .option('--json', 'the result as one line of JSON')
    .option('--debug', 'say where a failure came from')
    .addHelpText('after', `${ENVIRONMENT_HELP}\n${EXIT_CODE_HELP}`)
  for (const command of [
    createIssueCommand(start),
    createImportKeyCommand(start),
    createRotateCommand(start),
    createRevokeCommand(start),
    createListCommand(start),
    createHistoryCommand(start),
    createRewrapCommand(start),
    createMigrateCommand(start),
    createAuditCommand(start),
    createServeCommand(start),
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
