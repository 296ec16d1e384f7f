import { Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../../push/parse-amounts.js'
import type { Run, Start } from '../../start.js'

export interface ShowOrderOptions {
  readonly orderId: string
  /** Every event as well. */
  readonly history: boolean
  /** Ask until the order has one of these statuses. */
  readonly wait?: readonly string[] | undefined
  /** Milliseconds. */
  readonly waitFor?: number | undefined
}

const EXAMPLES = `
Examples:
  partner-cli orders show A-1001 --history
  partner-cli orders show A-1001 --wait delivered,returned --wait-for 2h
  partner-cli orders show A-1001 --query currentStatus

--wait ends with exit code 5 when the time is over.`

/** argv → options of `orders show`. */
export function createOrdersCommand(start: Start, run: Run<ShowOrderOptions> = runLazily): Command {
  const show = new Command('show')
    .description('show how an order stands, and with --history every event of it')
    .argument('<order-id>', 'the order')
    .option('--history', 'every event, in the order in which the platform recorded them')
    .addOption(
      new Option('--wait <status>', 'ask until it has this status, or one of several: a,b').argParser(
        parseStatuses,
      ),
    )
    .addOption(
      new Option('--wait-for <duration>', 'give up after that long (default: 10m)').argParser(parseDuration),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (orderId: string, flags: Flags, command: Command) => {
      const { history = false, wait, waitFor } = flags
      await start(command, run, { orderId, history, wait, waitFor })
    })
  return new Command('orders').description('read back what the platform holds').addCommand(show)
}

interface Flags {
  readonly history?: boolean
  readonly wait?: readonly string[]
  readonly waitFor?: number
}

function parseStatuses(text: string): readonly string[] {
  const statuses = text.split(',').map(status => status.trim())
  if (statuses.every(status => /^[a-z_]+$/.test(status))) return statuses
  throw new InvalidArgumentError('It must be a status, such as delivered; partner-cli statuses lists them.')
}

async function runLazily(...args: Parameters<Run<ShowOrderOptions>>): ReturnType<Run<ShowOrderOptions>> {
  const { runShowOrder } = await import('./run.js')
  return runShowOrder(...args)
}
