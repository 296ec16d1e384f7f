import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const BIN: string = fileURLToPath(new URL('../bin/partner-cli.js', import.meta.url))

/** A folder of its own for one test: files, configuration and state. */
export interface Workplace {
  readonly folder: string
  path(name: string): string
  readonly env: Record<string, string>
  remove(): Promise<void>
}

export async function createWorkplace(): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'partner-cli-test-'))
  return {
    folder,
    path: name => join(folder, name),
    env: {
      PATH: process.env['PATH'] ?? '',
      PARTNER_CONFIG_DIR: join(folder, 'config'),
      PARTNER_STATE_DIR: join(folder, 'state'),
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

export interface CliResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliRun {
  readonly child: ChildProcess
  readonly result: Promise<CliResult>
}

/** Starts the built `partner-cli` as a partner would. */
export function startCli(
  { folder, env }: Workplace,
  args: readonly string[],
  options: {
    readonly env?: Record<string, string>
    readonly stdin?: string
    readonly node?: readonly string[]
  } = {},
): CliRun {
  const child = spawn(process.execPath, [...(options.node ?? []), BIN, ...args], {
    cwd: folder,
    env: { ...env, ...options.env },
    stdio: 'pipe',
  })
  const text = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', chunk => (text.stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', chunk => (text.stderr += chunk))
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  const result = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', exitCode => resolve({ exitCode, ...text }))
  })
  return { child, result }
}

export function runCli(...args: Parameters<typeof startCli>): Promise<CliResult> {
  return startCli(...args).result
}
