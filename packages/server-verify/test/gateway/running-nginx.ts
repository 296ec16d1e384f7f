// A real nginx with the configuration of examples/services/nginx on free loopback ports, in a folder of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CONFIGURATION = join(import.meta.dirname, '../../../../examples/services/nginx/nginx.conf')
// Debian's nginx would write under /var/lib.
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
  name => `${name}_temp_path ${name};`,
)

export interface Ports {
  readonly check: number
  readonly upstream: number
}

export interface RunningNginx {
  readonly port: number
  stop(): Promise<void>
}

/** Starts nginx and waits until it listens. */
export async function startNginx({ check, upstream }: Ports): Promise<RunningNginx> {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'))
  const port = await findFreePort()
  const text = readFileSync(CONFIGURATION, 'utf8')
    .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
    .replace('127.0.0.1:9000', `127.0.0.1:${check}`)
    .replace('127.0.0.1:9001', `127.0.0.1:${upstream}`)
    .replace('http {', `http {\n  access_log off;\n  ${TEMPORARY.join(' ')}`)
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, text)
  const globals = `daemon off; pid ${folder}/nginx.pid; worker_processes 1; ${process.getuid?.() === 0 ? 'user root;' : ''}`
  const args = ['-p', folder, '-e', 'stderr', '-c', file, '-g', globals]
  const child = spawn('nginx', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGQUIT')
      await ended
    }
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilListening(port, child, () => said)
  } catch (error) {
    await stop()
    throw error
  }
  return { port, stop }
}

// nginx cannot be told to choose one.
async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

async function untilListening(port: number, child: ChildProcess, said: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${said()}`)
    const socket = connect(port, '127.0.0.1')
    const connected = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (connected) return
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
