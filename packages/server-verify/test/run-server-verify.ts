// Runs `server-verify`: in this process (everything but src/bin.ts), or as the built program.
import { spawn } from 'node:child_process'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { ExitCode } from '../src/commands/exit-code.js'
import { main } from '../src/commands/main.js'

export const BIN: string = fileURLToPath(new URL('../bin/server-verify.js', import.meta.url))

export interface Result {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export async function runInProcess(
  args: readonly string[],
  options: {
    readonly env?: Record<string, string>
    readonly now?: () => number
    readonly signal?: AbortSignal
  } = {},
): Promise<Result & { readonly exitCode: ExitCode }> {
  const [stdout, stderr] = [collect(), collect()]
  const exitCode = await main(args, {
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: options.env ?? {},
    now: options.now ?? Date.now,
    signal: options.signal ?? new AbortController().signal,
  })
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
}

export function runProgram(args: readonly string[], env: Record<string, string>): Promise<Result> {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', chunk => (text.stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', chunk => (text.stderr += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', exitCode => resolve({ exitCode, ...text }))
  })
}

function collect(): { readonly stream: Writable; text(): string } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') }
}
