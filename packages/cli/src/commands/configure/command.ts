import { Command } from 'commander'
import type { Start } from '../../start.js'

const EXAMPLES = `
Examples:
  partner-cli configure set ca-bundle /etc/ssl/certs/corp.pem
  partner-cli configure set credential-process 'vault kv get -field=secret kv/acme'
  partner-cli configure explain
  partner-cli configure unset proxy --profile acme-live`

/** argv → options of `configure`. */
export function createConfigureCommand(start: Start): Command {
  const lazily = () => import('./run.js')
  return new Command('configure')
    .description('read and change the settings of a profile, and see where each value comes from')
    .addHelpText('after', EXAMPLES)
    .addCommand(
      new Command('list')
        .description('what the profile holds')
        .action(async (_flags: unknown, command: Command) => {
          await start(command, async context => (await lazily()).runList(context), undefined)
        }),
    )
    .addCommand(
      new Command('get')
        .description('one value, as it is used: flag, variable, profile or default')
        .argument('<setting>', 'such as base-url')
        .action(async (setting: string, _flags: unknown, command: Command) => {
          await start(command, async (...args) => (await lazily()).runGet(...args), { setting })
        }),
    )
    .addCommand(
      new Command('set')
        .description('remember a value in the profile; no secret goes here')
        .argument('<setting>', 'such as ca-bundle')
        .argument('<value>', 'its value')
        .action(async (setting: string, value: string, _flags: unknown, command: Command) => {
          await start(command, async (...args) => (await lazily()).runSet(...args), { setting, value })
        }),
    )
    .addCommand(
      new Command('unset')
        .description('forget a value of the profile')
        .argument('<setting>', 'such as proxy')
        .action(async (setting: string, _flags: unknown, command: Command) => {
          await start(command, async (...args) => (await lazily()).runSet(...args), { setting })
        }),
    )
    .addCommand(
      new Command('explain')
        .description('every value that is used, and where it comes from')
        .action(async (_flags: unknown, command: Command) => {
          await start(command, async context => (await lazily()).runExplain(context), undefined)
        }),
    )
    .addCommand(
      new Command('path')
        .description('where the settings file is')
        .action(async (_flags: unknown, command: Command) => {
          await start(command, async context => (await lazily()).runPath(context), undefined)
        }),
    )
}
