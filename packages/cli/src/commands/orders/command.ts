import { Command } from 'commander'
import type { Run, Start } from '../../start.js'

export interface ShowOrderOptions {
  readonly orderId: string
  /** Every event as well. */
  readonly history: boolean
}

/** argv → options of `orders show`. */
export function createOrdersCommand(start: Start, run: Run<ShowOrderOptions> = runLazily): Command {
  const show = new Command('show')
    .description('show how an order stands, and with --history every event of it')
    .argument('<order-id>', 'the order')
    .option('--history', 'every event, in the order in which the platform recorded them')
    .action(async (orderId: string, { history = false }: { history?: boolean }, command: Command) => {
      await start(command, run, { orderId, history })
    })
  return new Command('orders').description('read back what the platform holds').addCommand(show)
}

async function runLazily(...args: Parameters<Run<ShowOrderOptions>>): ReturnType<Run<ShowOrderOptions>> {
  const { runShowOrder } = await import('./run.js')
  return runShowOrder(...args)
}
