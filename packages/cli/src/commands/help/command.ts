import { Argument, Command } from 'commander'
import type { Run, Start } from '../../start.js'

export const HELP_TOPICS = ['exit-codes', 'environment', 'files', 'formats', 'man'] as const

export type HelpTopic = (typeof HELP_TOPICS)[number]

/** argv → options of `help`: a topic, or none for the overview. */
export function createHelpCommand(start: Start, run: Run<Exclude<HelpTopic, 'man'>> = runLazily): Command {
  return new Command('help')
    .description('explain exit codes, environment variables, files and formats; print the manual page (man)')
    .addArgument(new Argument('[topic]', 'what to explain').choices(HELP_TOPICS))
    .action(async (topic: HelpTopic | undefined, _flags: unknown, command: Command) => {
      const { parent } = command
      if (topic === undefined) parent?.outputHelp()
      else if (topic === 'man' && parent !== null) {
        const { printManPage } = await import('./run.js')
        await start(command, context => printManPage(context, parent), undefined)
      } else if (topic !== 'man') await start(command, run, topic)
    })
}

async function runLazily(...args: Parameters<Run<Exclude<HelpTopic, 'man'>>>): ReturnType<Run<HelpTopic>> {
  const { runHelp } = await import('./run.js')
  return runHelp(...args)
}
