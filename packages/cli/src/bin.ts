import type { World } from './context.js'
import { CliError } from './errors.js'
import { EXIT } from './exit-code.js'
import { main } from './main.js'

const interruption = new AbortController()

function interrupt(name: 'SIGINT' | 'SIGTERM'): void {
  const exitCode = name === 'SIGINT' ? EXIT.interrupted : EXIT.terminated
  if (interruption.signal.aborted) process.exit(exitCode)
  const next = 'run the same command again: what was accepted is not applied twice'
  interruption.abort(new CliError('interrupted', exitCode, `Interrupted by ${name}.`, { next }))
}

// A reader that goes away (`| head`) is no failure of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(EXIT.environment)
  })
}
process.on('SIGINT', () => interrupt('SIGINT'))
process.on('SIGTERM', () => interrupt('SIGTERM'))

const world: World = {
  stdin: () => process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  platform: process.platform,
  now: () => new Date(),
  signal: interruption.signal,
}
process.exitCode = await main(process.argv.slice(2), world)
