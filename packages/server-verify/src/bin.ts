import { main } from './commands/main.js'
import type { World } from './commands/world.js'

const interruption = new AbortController()

function interrupt(exitCode: 130 | 143): void {
  // The second one does not wait for anything.
  if (interruption.signal.aborted) process.exit(exitCode)
  interruption.abort(exitCode)
}

// A reader that goes away (`| head`) is no failure of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(10)
  })
}
process.on('SIGINT', () => interrupt(130))
process.on('SIGTERM', () => interrupt(143))

const world: World = {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  now: Date.now,
  signal: interruption.signal,
}
process.exitCode = await main(process.argv.slice(2), world)
