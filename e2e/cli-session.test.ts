import { execFile, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSandbox } from '@countersign/sandbox'
import { expect, test } from 'vitest'

const SESSION = fileURLToPath(new URL('../examples/cli-session.md', import.meta.url))
const CLI = fileURLToPath(new URL('../packages/cli/bin/partner-cli.js', import.meta.url))

interface Step {
  readonly command: string
  /** What the page shows below it. */
  readonly lines: readonly string[]
}

function readSteps(page: string): Step[] {
  const blocks = [...page.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block]) => block!)
  return blocks.flatMap(block =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map(step => {
        const [command = '', ...lines] = step.split('\n')
        return { command, lines: lines.filter(line => line !== '') }
      }),
  )
}

/** Takes out what differs from run to run: moments, ids, ports, free disk, places. */
function normalize(text: string, home: string): string {
  return (
    text
      .replaceAll(home, '~')
      // A terminal's escape codes, and what a progress bar wrote over.
      .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
      .replace(/^.*\r(?!\n)/gm, '')
      .replace(/20\d\d-\d\d-\d\dT[\d:.]+Z/g, 'MOMENT')
      .replace(/20\d{6}T\d{6}Z-[0-9a-f]{6}/g, 'RUN')
      .replace(/demo_acme_[0-9a-f]{12}/g, 'KEY')
      .replace(/\b(event|MOMENT {2}|recorded MOMENT {2})[A-Za-z0-9_-]{32}\b/g, '$1ID')
      .replace(/event [A-Za-z0-9_-]{32}/g, 'event ID')
      .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
      .replace(/[\d.]+ [GM]iB free/g, 'SPACE free')
      .replace(/Node \d+\.\d+\.\d+/g, 'Node X')
      .replace(/\b\d+(\.\d+)?s\b/g, 'SECONDS')
      .replace(/[ \t]+/g, ' ')
  )
}

test('every command of examples/cli-session.md, in a terminal, shows every line of it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cli-session-'))
  const sandbox = await startSandbox({ port: 0 })
  try {
    const home = join(folder, 'home')
    const work = join(home, 'orders')
    const bin = join(folder, 'bin')
    for (const each of [home, work, bin]) await mkdir(each)
    await writeFile(join(bin, 'partner-cli'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`, {
      mode: 0o755,
    })
    await writeFile(join(work, 'ready.json'), JSON.stringify(sandbox.ready), { mode: 0o600 })
    const page = await readFile(SESSION, 'utf8')
    const steps = readSteps(page)
    expect(steps.length).toBeGreaterThan(12)
    const file = steps.find(({ command }) => command === 'cat statuses.csv')!
    await writeFile(join(work, 'statuses.csv'), `${file.lines.join('\n')}\n`)
    const env = { HOME: home, PATH: `${bin}:${process.env['PATH']}`, TERM: 'xterm-256color' }
    for (const { command, lines } of steps) {
      // `script` gives the command a terminal of its own.
      const run = ['-qec', `stty cols 80; ${command}`, '/dev/null']
      const options = { cwd: work, env, encoding: 'utf8', timeout: 30_000 } as const
      const { stdout } = await runAside(run, options)
      const shown = normalize(stdout.replaceAll('\r\n', '\n'), home).split('\n')
      for (const line of lines) expect(shown, command).toContain(normalize(line, home).trimEnd())
    }
  } finally {
    await sandbox.close()
    await rm(folder, { recursive: true, force: true })
  }
}, 60_000)

/** Not spawnSync for itself: the sandbox answers in this process. */
function runAside(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly timeout: number },
): Promise<{ stdout: string }> {
  return new Promise((resolve, reject) => {
    execFile('script', [...args], { ...options, encoding: 'utf8' }, (error, stdout) => {
      // A command of the page may end with 3; that it could not be started is another matter.
      if (error !== null && typeof error.code !== 'number') reject(error)
      else resolve({ stdout })
    }).stdin?.end()
  })
}

test('the page shows no secret', async () => {
  expect(spawnSync('grep', ['-cE', 'BEGIN|secret":', SESSION]).stdout.toString().trim()).toBe('0')
})
