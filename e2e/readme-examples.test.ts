// The first example of a README is what everybody copies: it is run as it stands there, in an empty folder.
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTemporaryFolder, type SandboxProcess, startSandboxProcess } from './sandbox-process.js'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)

/** The blocks of a README in one language, in their order. */
function codeBlocks(readme: string, language: string): string[] {
  const text = readFileSync(join(root, readme), 'utf8')
  const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
  return blocks.flatMap(([, name, code = '']) => (name === language ? [code] : []))
}

/** Runs it as a module that finds the packages as an installed program does. */
async function runExample(folder: string, code: string): Promise<string> {
  const file = join(folder, 'example.mjs')
  writeFileSync(file, code)
  const env = { PATH: process.env['PATH'] }
  const { stdout, stderr } = await run(process.execPath, [file], { cwd: folder, env, timeout: 20_000 })
  expect(stderr).toBe('')
  return stdout.trimEnd()
}

describe('the first example of', () => {
  const temporary = createTemporaryFolder()
  const folder = temporary.path
  let sandbox: SandboxProcess
  beforeAll(async () => {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
    sandbox = await startSandboxProcess(folder)
  })
  afterAll(async () => {
    await sandbox?.stop()
    temporary.remove()
  })

  it('README.md', async () => {
    const [code = ''] = codeBlocks('README.md', 'js')
    const [, name = ''] = /readFileSync\('([^']+)'/.exec(code) ?? []
    mkdirSync(join(folder, dirname(name)), { recursive: true })
    copyFileSync(sandbox.readyFile, join(folder, name))
    expect(await runExample(folder, code.replace('A-1001', 'A-1'))).toBe('applied shipped')
  })

  it('packages/protocol/README.md', async () => {
    const [code = ''] = codeBlocks('packages/protocol/README.md', 'ts')
    const [printed = ''] = codeBlocks('packages/protocol/README.md', '')
    expect(printed).toMatch(/Signature=[0-9a-f]{64}$/m)
    expect(await runExample(folder, code)).toBe(printed.trimEnd())
  })

  it('packages/sdk/README.md', async () => {
    const [code = ''] = codeBlocks('packages/sdk/README.md', 'ts')
    expect(await runExample(folder, code)).toBe('applied shipped')
  })

  it('packages/sandbox/README.md', async () => {
    const [code = '', withMsw = ''] = codeBlocks('packages/sandbox/README.md', 'ts')
    expect(await runExample(folder, code)).toMatch(/^http:\/\/127\.0\.0\.1:\d+ demo_acme_\w+$/)
    expect(await runExample(folder, withMsw)).toMatch(/^https:\/\/orders\.example demo_acme_\w+$/)
  })
})
