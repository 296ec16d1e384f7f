// A redis-server of the test's own, on a free port of 127.0.0.1, stopped with it. Debian's package `redis-server`.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Sends a signal and, for one that ends it, waits for the end. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** Starts it again on the same port, with what it has kept in its folder. */
  start(): Promise<void>
  /** Runs redis-cli. */
  cli(...args: string[]): string
  /** Ends it and removes its folder. */
  close(): Promise<void>
}

/** Whether tests with a real Redis can run. In CI they must. */
export const hasRedis: boolean = findRedis()

export async function startRedis(...settings: string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-redis-'))
  for (let attempt = 1; ; attempt++) {
    const server = new LocalRedis(await findFreePort(), folder, settings)
    try {
      await server.start()
      return server
    } catch (error) {
      // Someone else may have taken the port in between.
      if (attempt === 5) throw error
    }
  }
}

/** Three masters, every slot served. */
export async function startRedisCluster(): Promise<{ servers: RedisServer[]; close(): Promise<void> }> {
  const servers = await Promise.all([0, 1, 2].map(() => startRedis('--cluster-enabled', 'yes')))
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`)
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(server => server.close()))
  }
  try {
    execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], { stdio: 'pipe' })
    await until(() => servers.every(server => server.cli('CLUSTER', 'INFO').includes('cluster_state:ok')))
  } catch (error) {
    await close()
    throw error
  }
  return { servers, close }
}

/** Asks again and again until it is so. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`It did not come about within ${timeoutMs} ms: ${condition}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

// A test that fails does not get as far as its close().
const running = new Set<LocalRedis>()
afterAll(async () => {
  for (const server of running) await server.close()
})

class LocalRedis implements RedisServer {
  readonly port: number
  readonly url: string
  readonly #folder: string
  readonly #settings: readonly string[]
  #child: ChildProcess | undefined

  constructor(port: number, folder: string, settings: readonly string[]) {
    this.port = port
    this.url = `redis://127.0.0.1:${port}`
    this.#folder = folder
    this.#settings = settings
  }

  async start(): Promise<void> {
    const own = [
      '--port',
      String(this.port),
      '--bind',
      '127.0.0.1',
      '--dir',
      this.#folder,
      '--daemonize',
      'no',
    ]
    // The bus of a cluster: the default is port + 10000, which may be beyond 65535.
    const bus = this.#settings.includes('--cluster-enabled')
      ? ['--cluster-port', String(await findFreePort())]
      : []
    const kept = this.#settings.includes('--save') ? [] : ['--save', '']
    const node = ['--cluster-config-file', `nodes-${this.port}.conf`]
    const args = [...own, ...bus, ...kept, ...node, ...this.#settings]
    const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    running.add(this)
    await new Promise<void>((resolve, reject) => {
      let output = ''
      child.stdout.on('data', chunk => {
        output += String(chunk)
        if (output.includes('Ready to accept connections')) resolve()
      })
      child.once('error', reject)
      child.once('exit', code => reject(new Error(`redis-server ended with ${code}: ${output.slice(-500)}`)))
    })
  }

  async kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal)
  }

  cli(...args: string[]): string {
    return execFileSync('redis-cli', ['-p', String(this.port), ...args], { encoding: 'utf8', stdio: 'pipe' })
  }

  async close(): Promise<void> {
    running.delete(this)
    await this.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function findFreePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise(resolve => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function findRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'pipe' })
    return true
  } catch {
    const reason = 'redis-server is not installed (Debian: apt-get install redis-server)'
    if (process.env['CI']) throw new Error(reason)
    console.warn(`skipped: ${reason}`)
    return false
  }
}
