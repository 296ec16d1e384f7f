import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ReadyFile } from '../src/index.js'

const BIN = join(import.meta.dirname, '..', 'bin', 'partner-sandbox.js')

/** `partner-sandbox` in a process of its own. */
export interface SandboxProcess {
  readonly ready: ReadyFile
  readonly child: ChildProcess
  /** Everything it has printed so far. */
  readonly output: () => string
  /** Sends the signal and waits for the end; gives the exit code, or null after SIGKILL. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

export function createFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'countersign-sandbox-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) }
}

/** Runs it to its end, for what does not start. */
export async function runSandbox(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const { child, output } = launch(args)
  const [code] = await once(child, 'close')
  return { code, output: output() }
}

/** Starts it on a free port and waits for the ready file. */
export async function startProcess(folder: string, args: readonly string[]): Promise<SandboxProcess> {
  const readyFile = join(folder, 'ready.json')
  rmSync(readyFile, { force: true })
  const { child, output } = launch(['--port', '0', '--ready-file', readyFile, ...args])
  const ended = once(child, 'close')
  const ready = await Promise.race([
    waitForFile(readyFile),
    ended.then(() => Promise.reject(new Error(`the sandbox ended before it was ready: ${output()}`))),
  ])
  return {
    ready,
    child,
    output,
    async end(signal) {
      child.kill(signal)
      const [code] = await ended
      return code
    },
  }
}

function launch(args: readonly string[]): { child: ChildProcess; output: () => string } {
  if (!existsSync(join(import.meta.dirname, '..', 'dist', 'bin.js')))
    throw new Error('packages/sandbox is not built: run "npm run build" first.')
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', chunk => (text += chunk))
  return { child, output: () => text }
}

function waitForFile(file: string): Promise<ReadyFile> {
  return new Promise(resolve => {
    const look = (): void => {
      if (!existsSync(file)) return
      watcher.close()
      // Whole or not at all: what cannot be parsed here is a fault of the sandbox.
      resolve(JSON.parse(readFileSync(file, 'utf8')))
    }
    const watcher = watch(dirname(file), look)
    look()
  })
}
