import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkArrows } from './check-arrows.mjs'

const root = join(import.meta.dirname, '..')
let copy: string

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'arrows-'))
  cpSync(join(root, 'packages'), join(copy, 'packages'), {
    recursive: true,
    filter: path => !/(?:node_modules|dist|\.turbo)$/.test(path),
  })
})

afterEach(() => rmSync(copy, { recursive: true, force: true }))

const addFile = (packageName: string, text: string): void =>
  writeFileSync(join(copy, 'packages', packageName, 'src', 'added-by-test.ts'), text)

describe('the arrows between packages', () => {
  it('accepts the house as it stands', () => {
    expect(checkArrows(copy)).toEqual([])
  })

  it.each([
    ['sdk', "import { createRequestVerifier } from '@countersign/server-verify'\n", 'no arrow allows it'],
    ['server-verify', "export type { PartnerClient } from '@countersign/sdk'\n", 'no arrow allows it'],
    ['protocol', "export const lazy = () => import('@countersign/sdk')\n", 'no arrow allows it'],
    ['sandbox', "import type { PartnerClient } from '@countersign/sdk'\n", 'no arrow allows it'],
    ['sdk', "type Verifier = import('@countersign/server-verify').RequestVerifier\n", 'no arrow allows it'],
    ['cli', "import { startSandbox } from '@countersign/sandbox'\n", 'for `await import(…)` only'],
    ['sdk', "import { hash } from '../../protocol/src/payload-hash.js'\n", 'must stay inside its package'],
    ['protocol', "import { request } from 'undici'\n", 'package.json does not declare it'],
  ])('refuses in %s: %s', (packageName, text, reason) => {
    addFile(packageName, text)
    const problems = checkArrows(copy, [packageName])
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(
      new RegExp(`^${packageName}/src/added-by-test\\.ts imports .*${escapeRegExp(reason)}`),
    )
  })

  it('refuses a dependency in package.json that no arrow allows', () => {
    const file = join(copy, 'packages', 'sdk', 'package.json')
    writeFileSync(
      file,
      JSON.stringify({ name: '@countersign/sdk', dependencies: { '@countersign/sandbox': '0.0.0' } }),
    )
    expect(checkArrows(copy, ['sdk'])).toContain(
      'sdk/package.json depends on @countersign/sandbox: no arrow allows it',
    )
  })
})

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
