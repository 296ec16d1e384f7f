import { Command } from 'commander'
import type { Run, Start } from '../../start.js'

export interface SignOptions {
  readonly method: string
  /** Absolute, or a path below the base URL. */
  readonly url: string
  /** `name: value` */
  readonly headers: readonly string[]
  /** Text, `@FILE`, or `@-` for standard input, as with curl. */
  readonly data: string | undefined
  /** `partner`, `aws`, or the name of a white label. */
  readonly scheme: string
}

const EXAMPLES = `
Examples:
  partner-cli sign GET /v1/whoami
  partner-cli sign POST /v1/orders/A-1001/statuses -d @event.json
  partner-cli sign GET '/v1/orders?limit=5' --scheme aws
  partner-cli sign POST /v1/order-statuses -d @- --json < events.json
  partner-cli sign POST /v1/order-statuses -d @a.json -H 'Idempotency-Key: 7f3a'

The body is signed byte for byte, as curl --data-binary sends it. Content-Type
is application/json unless -H gives another. Nothing is sent.`

/** argv → options of `sign`. */
export function createSignCommand(start: Start, run: Run<SignOptions> = runLazily): Command {
  return new Command('sign')
    .description('sign a request without sending it, and show every step and the equivalent curl command')
    .argument('<method>', 'such as GET or POST')
    .argument('<url>', 'the URL, or a path such as /v1/whoami below the base URL')
    .option('-d, --data <data>', 'the body: text, @FILE, or @- for standard input')
    .option('-H, --header <header>', 'a header, "name: value"; may be given again', collect)
    .option('--scheme <label>', 'the row of labels: partner, aws, or the name of a white label', 'partner')
    .addHelpText('after', EXAMPLES)
    .action(async (method: string, url: string, flags: Flags, command: Command) => {
      await start(command, run, {
        method: method.toUpperCase(),
        url,
        headers: flags.header ?? [],
        data: flags.data,
        scheme: flags.scheme,
      })
    })
}

async function runLazily(...args: Parameters<Run<SignOptions>>): ReturnType<Run<SignOptions>> {
  const { runSign } = await import('./run.js')
  return runSign(...args)
}

interface Flags {
  readonly scheme: string
  readonly data?: string
  readonly header?: readonly string[]
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value]
}
