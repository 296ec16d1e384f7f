import { Readable, Writable } from 'node:stream'
import type { ExitCode } from '../src/exit-code.js'
import { main } from '../src/main.js'

export interface InProcessResult {
  readonly exitCode: ExitCode
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line in this process: everything but `bin.ts`. For tests with many cases. */
export async function runInProcess(
  args: readonly string[],
  options: {
    readonly env?: Record<string, string>
    readonly stdin?: string | Buffer
    readonly columns?: number
  } = {},
): Promise<InProcessResult> {
  const stdout = collect(options.columns)
  const stderr = collect(undefined)
  const exitCode = await main(args, {
    stdin: () => Readable.from([Buffer.from(options.stdin ?? '')]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: options.env ?? {},
    platform: 'linux',
    now: () => new Date('2026-11-21T23:31:00Z'),
    signal: new AbortController().signal,
  })
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
}

function collect(columns: number | undefined): {
  readonly stream: Writable & { columns?: number }
  text(): string
} {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  return {
    stream: columns === undefined ? stream : Object.assign(stream, { columns }),
    text: () => Buffer.concat(chunks).toString('utf8'),
  }
}
