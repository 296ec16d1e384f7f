// Bundles the fixture from source, once, and starts processes of it.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export interface ServerProcess {
  readonly port: number
  close(): Promise<void>
}

/** @returns the file to run, its folder, and what removes both */
export async function bundleServer(): Promise<{
  readonly file: string
  readonly folder: string
  remove(): void
}> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bundle-'))
  const file = join(folder, 'replay-server.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('replay-server.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['countersign:source'],
    // CommonJS inside asks for Node's own modules by require.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
    },
    logLevel: 'error',
  })
  return { file, folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export async function runServer(file: string, ...args: string[]): Promise<ServerProcess> {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  const port = await readPort(child)
  return {
    port,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.stdin?.end()
      await ended
    },
  }
}

function readPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let errors = ''
    child.stderr?.on('data', chunk => {
      errors += String(chunk)
    })
    child.once('exit', code => reject(new Error(`the server ended with ${code}: ${errors}`)))
    if (child.stdout !== null) createInterface(child.stdout).once('line', line => resolve(Number(line)))
  })
}
