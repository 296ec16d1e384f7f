import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { DataDirInUseError, lockDataDir } from './data-lock.js'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-lock-'))
  file = join(folder, 'lock')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('is held by one, until it is given back', () => {
  const release = lockDataDir(folder)
  expect(() => lockDataDir(folder)).toThrow(DataDirInUseError)
  release()
  expect(existsSync(file)).toBe(false)
  lockDataDir(folder)()
})

it('is taken over from a process that is gone, and from a file that says nothing', () => {
  const { pid } = spawnSync(process.execPath, ['--version'])
  for (const text of [`${pid} 123\n`, `${pid}\n`, '', 'nonsense', '-1 5', '99999999999999999999 1']) {
    writeFileSync(file, text)
    const release = lockDataDir(folder)
    expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`^${process.pid} `))
    release()
  }
})

it('is taken over from an earlier process that had our own id, as in a container', () => {
  writeFileSync(file, `${process.pid} 1\n`)
  lockDataDir(folder)()
})

it('is not given back when another one has taken it since', () => {
  const release = lockDataDir(folder)
  writeFileSync(file, '1 1\n')
  release()
  expect(readFileSync(file, 'utf8')).toBe('1 1\n')
})
