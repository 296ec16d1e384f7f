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
}

/** argv → options of `sign`. */
export function createSignCommand(start: Start, run: Run<SignOptions> = runLazily): Command {
  return new Command('sign')
    .description('sign a request without sending it, and show every step and the equivalent curl command')
    .argument('<method>', 'such as GET or POST')
    .argument('<url>', 'the URL, or a path such as /v1/whoami below the base URL')
    .option('-d, --data <data>', 'the body: text, @FILE, or @- for standard input')
    .option('-H, --header <header>', 'a header, "name: value"; may be given again', collect, [])
    .action(async (method: string, url: string, flags: Flags, command: Command) => {
      await start(command, run, {
        method: method.toUpperCase(),
        url,
        headers: flags.header,
        data: flags.data,
      })
    })
}

async function runLazily(...args: Parameters<Run<SignOptions>>): ReturnType<Run<SignOptions>> {
  const { runSign } = await import('./run.js')
  return runSign(...args)
}

interface Flags {
  readonly data?: string
  readonly header: readonly string[]
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value]
}
