import { Command } from 'commander'
import type { Start } from '../../start.js'

/** argv → options of `profile`. */
export function createProfileCommand(start: Start): Command {
  return new Command('profile')
    .description('list, choose, make and remove profiles')
    .addCommand(
      new Command('list')
        .description('show all profiles; * marks the one that is used when none is named')
        .action(async (_flags: unknown, command: Command) => {
          await start(command, async context => (await import('./run.js')).runList(context), undefined)
        }),
    )
    .addCommand(
      new Command('use')
        .description('choose the profile that is used when none is named')
        .argument('<name>', 'the profile')
        .action(async (name: string, _flags: unknown, command: Command) => {
          await start(command, async (...args) => (await import('./run.js')).runUse(...args), { name })
        }),
    )
    .addCommand(
      new Command('add')
        .description('make a profile, or a copy of one, to be completed by "configure set" or "auth login"')
        .argument('<name>', 'the new profile')
        .option('--from <profile>', 'copy all but the credential from this one')
        .action(async (name: string, { from }: { from?: string }, command: Command) => {
          await start(command, async (...args) => (await import('./run.js')).runAdd(...args), { name, from })
        }),
    )
    .addCommand(
      new Command('remove')
        .description('remove a profile and its secrets from this machine')
        .argument('<name>', 'the profile')
        .action(async (name: string, _flags: unknown, command: Command) => {
          await start(command, async (...args) => (await import('./run.js')).runRemove(...args), { name })
        }),
    )
}
