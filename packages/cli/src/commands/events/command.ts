import { Command } from 'commander'
import type { Run, Start } from '../../start.js'

export interface ShowEventOptions {
  readonly eventId: string
}

/** argv → options of `events show`. */
export function createEventsCommand(start: Start, run: Run<ShowEventOptions> = runLazily): Command {
  return new Command('events').description('proof that the platform received an event').addCommand(
    new Command('show')
      .description('show the receipt of an event, and the request that brought it')
      .argument('<event-id>', 'as push-status printed it')
      .action(async (eventId: string, _flags: unknown, command: Command) => {
        await start(command, run, { eventId })
      }),
  )
}

async function runLazily(...args: Parameters<Run<ShowEventOptions>>): ReturnType<Run<ShowEventOptions>> {
  return (await import('./run.js')).runShowEvent(...args)
}
