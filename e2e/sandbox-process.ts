import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const bin = join(import.meta.dirname, '..', 'packages', 'sandbox', 'bin', 'partner-sandbox.js')

/** What the sandbox writes to its ready file. */
export interface Ready {
  readonly url: string
  readonly environment: string
  readonly api: string
  readonly partner: string
  readonly hmac: { readonly keyId: string; readonly secret: string }
}

/** A real sandbox in a process of its own, as a partner would start it. */
export interface SandboxProcess {
  readonly ready: Ready
  readonly readyFile: string
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>
  /** SIGKILL: no chance to flush anything. */
  kill(): Promise<void>
}

/** Makes a folder that is gone after the test. */
export function createTemporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'countersign-e2e-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) }
}

/** Starts `partner-sandbox` and waits for its ready file. */
export async function startSandboxProcess(
  folder: string,
  args: readonly string[] = [],
): Promise<SandboxProcess> {
  const readyFile = join(folder, 'ready.json')
  rmSync(readyFile, { force: true })
  const port = args.includes('--port') ? [] : ['--port', '0']
  const child = spawn(process.execPath, [bin, ...port, '--ready-file', readyFile, '--quiet', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
  const ended = once(child, 'exit')
  const ready = await Promise.race([
    readWhenWritten(folder, readyFile),
    ended.then(([code]) =>
      Promise.reject(new Error(`partner-sandbox ended with ${code} before it was ready: ${stderr}`)),
    ),
  ])
  return {
    ready,
    readyFile,
    stop: () => end(child, ended, 'SIGTERM'),
    kill: () => end(child, ended, 'SIGKILL'),
  }
}

async function end(child: ChildProcess, ended: Promise<unknown>, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal)
  await ended
}

function readWhenWritten(folder: string, file: string): Promise<Ready> {
  return new Promise(resolve => {
    const look = (): void => {
      try {
        resolve(JSON.parse(readFileSync(file, 'utf8')) as Ready)
        watcher.close()
      } catch {
        // not there yet: the next change of the folder looks again
      }
    }
    const watcher = watch(folder, look)
    look()
  })
}
