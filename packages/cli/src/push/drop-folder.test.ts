import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DropFolder } from './drop-folder.js'

let directory: string
let folder: DropFolder

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'drop-folder-'))
  folder = new DropFolder({ directory, patterns: [], requireOk: false })
  await folder.prepare()
})
afterEach(() => rm(directory, { recursive: true }))

const drop = (name: string, text = 'x'): Promise<void> => writeFile(join(directory, name), text)

test('the oldest first, then by name', async () => {
  for (const [name, at] of [
    ['c.csv', 1],
    ['b.csv', 2],
    ['a.csv', 2],
  ] as const) {
    await drop(name)
    await utimes(join(directory, name), at, at)
  }
  expect((await folder.list()).map(({ name }) => name)).toEqual(['c.csv', 'a.csv', 'b.csv'])
})

test('--glob chooses names, and nothing in it is special but * and ?', async () => {
  for (const name of ['day-1.csv', 'day-12.csv', 'dayx1.csv', 'day-1_csv', 'a.b+c']) await drop(name)
  const names = async (...patterns: string[]): Promise<string[]> =>
    (await new DropFolder({ directory, patterns, requireOk: false }).list()).map(({ name }) => name).sort()
  expect(await names('day-?.csv')).toEqual(['day-1.csv'])
  expect(await names('day-*.csv', '*.b+c')).toEqual(['a.b+c', 'day-1.csv', 'day-12.csv'])
})

test('a file can be claimed once', async () => {
  await drop('a.csv')
  const [dropped] = await folder.list()
  expect((await folder.claim(dropped!))?.name).toBe('a.csv')
  expect(await folder.claim(dropped!)).toBeUndefined()
})

test('a file that goes back never replaces a new one of its name', async () => {
  await drop('a.csv', 'old')
  const claimed = await folder.claim((await folder.list())[0]!)
  await drop('a.csv', 'new')
  await folder.giveBack(claimed!)
  expect(await readFile(join(directory, 'a.csv'), 'utf8')).toBe('new')
  expect(await readFile(join(directory, 'a.2.csv'), 'utf8')).toBe('old')
})

test('claims of the dead are taken over one by one, of the living never', async () => {
  const dead = spawnSync('true').pid
  for (const [owner, name] of [
    [`${hostname()}.${dead}.7`, 'dead.csv'],
    [`${hostname()}.${process.pid}.1`, 'pid-used-again.csv'],
    [`${hostname()}.${process.ppid}.0`, 'living.csv'],
    ['elsewhere.1.1', 'foreign.csv'],
  ] as const) {
    await mkdir(join(directory, 'processing', owner))
    await writeFile(join(directory, 'processing', owner, name), name)
  }
  const adopted: string[] = []
  for (let file = await folder.adopt(); file !== undefined; file = await folder.adopt()) {
    adopted.push(file.name)
    await folder.giveBack(file)
  }
  expect(adopted.sort()).toEqual(['dead.csv', 'pid-used-again.csv'])
  const silent = Date.now() / 1000 - 16 * 60
  await utimes(join(directory, 'processing', 'elsewhere.1.1'), silent, silent)
  expect((await folder.adopt())?.name).toBe('foreign.csv')
  expect(await readdir(join(directory, 'processing'))).toContain(`${hostname()}.${process.ppid}.0`)
})
