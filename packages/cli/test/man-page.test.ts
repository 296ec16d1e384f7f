import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { runInProcess } from './run-in-process.js'

const PAGE = new URL('../man/partner-cli.1', import.meta.url)

test('the manual page that is shipped is the one that the help makes: partner-cli help man > man/partner-cli.1', async () => {
  const { exitCode, stdout } = await runInProcess(['help', 'man'])
  expect(exitCode).toBe(0)
  expect(await readFile(PAGE, 'utf8')).toBe(stdout)
  expect(stdout).toMatch(/^\.SS "auth import <file>"$/m)
})

const groff = spawnSync('groff', ['--version']).status === 0

test.skipIf(!groff && process.env['CI'] === undefined)('groff has nothing to say against it', async () => {
  const { stderr, stdout, status } = spawnSync('groff', ['-man', '-Tutf8', '-ww'], {
    input: await readFile(PAGE),
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toContain('push order statuses to a platform, signed')
})
