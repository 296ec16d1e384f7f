// Why: turbo must never phone home, and `npm start` must not bury its own output under a build log.
// Runs the packages' builds with telemetry off. `--quiet` shows only what failed; `--bundle-only` leaves out the type
// declarations, which nothing that runs needs.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const quiet = process.argv.includes('--quiet')
const bin = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'turbo.cmd' : 'turbo')
const tasks = process.argv.includes('--bundle-only') ? ['bundle'] : ['bundle', 'declarations']
const args = [
  'run',
  ...tasks,
  '--no-daemon',
  '--ui=stream',
  `--output-logs=${quiet ? 'errors-only' : 'full'}`,
]

const run = spawnSync(bin, args, {
  cwd: root,
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
  stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  encoding: 'utf8',
  shell: process.platform === 'win32',
})
if (run.error) throw run.error
if (quiet && run.status !== 0) process.stderr.write(`${run.stdout}${run.stderr}`)
process.exitCode = run.status ?? 1
