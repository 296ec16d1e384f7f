import { spawnSync } from 'node:child_process'

/**
 * Whether a program that a test talks to is there. Missing is a printed reason on a developer's machine and a failure
 * under CI, where `.ci/run` installs it.
 */
export function hasProgram(name: string): boolean {
  return isThere(name, spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined)
}

/** The same for a module of the system's Python, which Debian's packages install for that one only. */
export function hasPythonModule(name: string): boolean {
  const found = spawnSync(SYSTEM_PYTHON, ['-c', `import ${name}`], { stdio: 'ignore' })
  return isThere(`python3-${name}`, found.status === 0)
}

export const SYSTEM_PYTHON = '/usr/bin/python3'

function isThere(name: string, found: boolean): boolean {
  if (!found && process.env['CI']) throw new Error(`${name} is not installed; .ci/run must install it.`)
  if (!found) console.warn(`skipped: ${name} is not installed on this machine`)
  return found
}
