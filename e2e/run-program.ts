import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** The program as it is installed. */
export const cliBin: string = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'partner-cli.js')

/** How a program ended and what it wrote. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end; never through a shell. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Finished> {
  const child = spawn(program, args, { env: options.env ?? process.env, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
  child.stdin.on('error', () => {}) // a program may end without reading its input
  child.stdin.end(options.input ?? '')
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** Runs `partner-cli` with a configuration and state of its own: nothing of the person at the machine is read. */
export function runPartnerCli(
  folder: string,
  args: readonly string[],
  options: { readonly input?: string } = {},
): Promise<Finished> {
  return runProgram(process.execPath, [cliBin, ...args], { ...options, env: cliEnvironment(folder) })
}

/** The variables of such a run, and no others. */
export function cliEnvironment(folder: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: folder,
    PARTNER_CONFIG_DIR: join(folder, 'config'),
    PARTNER_STATE_DIR: join(folder, 'state'),
  }
}
