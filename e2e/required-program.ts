import { spawnSync } from 'node:child_process'

/**
 * Whether a program that a test talks to is there. Missing is a printed reason on a developer's machine and a failure
 * under CI, where `.ci/run` installs it.
 */
export function hasProgram(name: string): boolean {
  const found = spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined
  if (!found && process.env['CI']) throw new Error(`${name} is not installed; .ci/run must install it.`)
  if (!found) console.warn(`skipped: ${name} is not installed on this machine`)
  return found
}
