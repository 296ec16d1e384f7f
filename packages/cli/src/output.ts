import { once } from 'node:events'
import { styleText } from 'node:util'
import { CliError } from './errors.js'
import { EXIT } from './exit-code.js'

/** The part of a stream that is written to; `process.stdout` fits. */
export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly destroyed?: boolean | undefined
}

export type OutputMode = 'human' | 'json' | 'ndjson'

/** Where results go. Results are all that ever stands on standard output. */
export interface Output {
  readonly mode: OutputMode
  /** The result of the command: text for people, or one line of JSON, filtered by `--query`. */
  result(value: unknown, human: () => string): Promise<void>
  /** One of many events; shown with `--output ndjson` only. */
  event(value: unknown): Promise<void>
}

/**
 * @param query a JMESPath expression
 * @throws CliError `query_invalid` (exit 2), from `result` and `event`
 */
export function createOutput(stdout: OutputStream, mode: OutputMode, query: string | undefined): Output {
  const print = async (value: unknown): Promise<void> => {
    const shown = query === undefined ? value : await applyQuery(value, query)
    await writeText(stdout, `${JSON.stringify(shown ?? null)}\n`)
  }
  return {
    mode,
    result: (value, human) => (mode === 'human' ? writeText(stdout, `${human()}\n`) : print(value)),
    event: async value => {
      if (mode === 'ndjson') await print(value)
    },
  }
}

/** Writes and waits while the reader is slow. A reader that went away (`| head`) is no error: what follows is dropped. */
export async function writeText(stream: OutputStream, text: string): Promise<void> {
  if (isGone(stream)) return
  if (stream.write(text) || isGone(stream)) return
  const done = new AbortController()
  const { signal } = done
  await Promise.race(
    ['drain', 'close', 'error'].map(event =>
      once(stream as NodeJS.EventEmitter, event, { signal }).catch(() => {}),
    ),
  )
  done.abort()
}

function isGone(stream: OutputStream): boolean {
  return stream.destroyed === true || !stream.writable
}

/** Whether escape codes may stand on a stream. */
export function mayUseColor(
  stream: OutputStream,
  env: Readonly<Record<string, string | undefined>>,
  flag: boolean,
): boolean {
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb'
  return flag && stream.isTTY === true && !refused
}

/** Colours text, or does not. */
export type Paint = (color: 'red' | 'green' | 'yellow' | 'bold', text: string) => string

export function createPaint(allowed: boolean): Paint {
  return (color, text) => (allowed ? styleText(color, text, { validateStream: false }) : text)
}

/**
 * Called before a command begins: a mistyped expression must not show only after everything was sent.
 *
 * @throws CliError `query_invalid` (exit 2)
 */
export async function checkQuery(query: string): Promise<void> {
  const { compile } = await import('@jmespath-community/jmespath')
  try {
    compile(query)
  } catch (error) {
    throw createQueryError(error)
  }
}

async function applyQuery(value: unknown, query: string): Promise<unknown> {
  const { search } = await import('@jmespath-community/jmespath')
  try {
    // The library only reads; it knows JSON values by their exact type.
    return search(JSON.parse(JSON.stringify(value)) as Parameters<typeof search>[0], query)
  } catch (error) {
    throw createQueryError(error)
  }
}

function createQueryError(error: unknown): CliError {
  const detail = error instanceof Error ? error.message : String(error)
  return new CliError('query_invalid', EXIT.usage, `--query cannot be evaluated: ${detail}`, {
    next: 'see https://jmespath.org, and quote the expression for the shell',
    cause: error,
  })
}
