import { Command } from 'commander'
import type { Run, Start } from '../../start.js'

export interface ApiOptions {
  readonly method: string
  /** Below the base URL. */
  readonly path: string
  readonly headers: readonly string[]
  /** Text, `@FILE`, or `@-` for standard input. */
  readonly data: string | undefined
  /** Status and headers as well. */
  readonly include: boolean
}

const EXAMPLES = `
Examples:
  partner-cli api GET /v1/whoami
  partner-cli api GET '/v1/orders/A-1001/statuses?limit=5' --query 'items[].status'
  partner-cli api POST /v1/order-statuses -d @batch.json -H 'Idempotency-Key: 7f3a'

The request is signed with the credential of the profile. The answer's JSON is
printed as it came. Requests go to the platform only: a path, not a URL.`

/** argv → options of `api`. */
export function createApiCommand(start: Start, run: Run<ApiOptions> = runLazily): Command {
  return new Command('api')
    .description('send any request to the platform, signed, and print the answer')
    .argument('<method>', 'such as GET or POST')
    .argument('<path>', 'below the base URL, such as /v1/whoami')
    .option('-d, --data <data>', 'the body: text, @FILE, or @- for standard input')
    .option('-H, --header <header>', 'a header, "name: value"; may be given again', collect)
    .option('-i, --include', 'status and headers of the answer as well')
    .addHelpText('after', EXAMPLES)
    .action(async (method: string, path: string, flags: Flags, command: Command) => {
      await start(command, run, {
        method: method.toUpperCase(),
        path,
        headers: flags.header ?? [],
        data: flags.data,
        include: flags.include === true,
      })
    })
}

interface Flags {
  readonly data?: string
  readonly header?: readonly string[]
  readonly include?: boolean
}

async function runLazily(...args: Parameters<Run<ApiOptions>>): ReturnType<Run<ApiOptions>> {
  return (await import('./run.js')).runApi(...args)
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value]
}
