import { Argument, Command } from 'commander'
import type { Run, Start } from '../../start.js'

export const HELP_TOPICS = ['exit-codes', 'environment', 'files', 'formats'] as const

export type HelpTopic = (typeof HELP_TOPICS)[number]

/** argv → options of `help`: a topic, or none for the overview. */
export function createHelpCommand(start: Start, run: Run<HelpTopic> = runLazily): Command {
  return new Command('help')
    .description('explain exit codes, environment variables, files and formats')
    .addArgument(new Argument('[topic]', 'what to explain').choices(HELP_TOPICS))
    .action(async (topic: HelpTopic | undefined, _flags: unknown, command: Command) => {
      if (topic === undefined) command.parent?.outputHelp()
      else await start(command, run, topic)
    })
}

async function runLazily(...args: Parameters<Run<HelpTopic>>): ReturnType<Run<HelpTopic>> {
  const { runHelp } = await import('./run.js')
  return runHelp(...args)
}
