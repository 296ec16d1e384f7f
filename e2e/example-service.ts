import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A program of examples/services as its reader would start it, on free ports. */
export interface ExampleService {
  /** The ports that it names in its first line, in their order. */
  readonly ports: readonly number[]
  stop(): Promise<void>
}

/** Starts `node examples/services/NAME/server.js` and waits for its first line. */
export async function startExampleService(name: string): Promise<ExampleService> {
  const program = join(import.meta.dirname, '..', 'examples', 'services', name, 'server.js')
  const env = { PATH: process.env['PATH'], PORT: '0', CHECK_PORT: '0' }
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'exit')
  const line = await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data').then(([text]) => String(text)),
    ended.then(([code]) => Promise.reject(new Error(`${program} ended with ${code}: ${stderr}`))),
  ])
  return {
    ports: [...line.matchAll(/(?:127\.0\.0\.1:|check on )(\d+)/g)].map(([, port]) => Number(port)),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
