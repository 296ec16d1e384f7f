import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeProcess } from './process-identity.js'
import { type RunLock, takeRunLock } from './run-lock.js'

let stateDirectory: string

beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'run-lock-'))
})
afterEach(() => rm(stateDirectory, { recursive: true }))

const take = (runId: string, waitMs = 0, signal = new AbortController().signal): Promise<RunLock> =>
  takeRunLock({ stateDirectory, target: ['a'], runId, waitMs, signal, onWait: async () => {} })

async function leaveLock(holder: object): Promise<string> {
  const lock = await take('left')
  const [name] = await readdir(join(stateDirectory, 'locks'))
  const path = join(stateDirectory, 'locks', name!)
  await lock.release()
  await writeFile(path, JSON.stringify({ ...describeProcess(), runId: 'left', since: 'then', ...holder }))
  return path
}

test('one at a time; another target is another lock; released, it is free', async () => {
  const lock = await take('one')
  await expect(take('two')).rejects.toMatchObject({
    code: 'locked',
    exitCode: 8,
    message: expect.stringContaining(`${process.pid}@${hostname()} (run one`),
  })
  const other = await takeRunLock({
    stateDirectory,
    target: ['b'],
    runId: 'x',
    waitMs: 0,
    signal: new AbortController().signal,
    onWait: async () => {},
  })
  await lock.release()
  await (await take('three')).release()
  await other.release()
  expect(await readdir(join(stateDirectory, 'locks'))).toEqual([])
})

test.each([
  ['whose process is gone', () => ({ pid: spawnSync('true').pid })],
  ['whose process id belongs to another process now', () => ({ startTime: '1' })],
  ['of an earlier boot', () => ({ boot: 'another' })],
])('a lock %s is taken over at once', async (_, holder) => {
  await leaveLock(holder())
  await (await take('next')).release()
})

test('a lock with no sense in it is taken over once it is not fresh any more', async () => {
  const path = await leaveLock({})
  await writeFile(path, '{"pid":')
  const old = new Date(Date.now() - 60_000)
  await utimes(path, old, old)
  await (await take('next')).release()
})

test('of another machine: held while it gives signs of life, taken over after two silent minutes', async () => {
  const path = await leaveLock({ host: 'elsewhere', pid: 1 })
  await expect(take('next')).rejects.toMatchObject({ exitCode: 8, next: expect.stringContaining('rm ') })
  const old = new Date(Date.now() - 121_000)
  await utimes(path, old, old)
  const lock = await take('next')
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ runId: 'next', pid: process.pid })
  await lock.release()
})

test('many want a dead lock at once: they get it one after the other', async () => {
  await leaveLock({ startTime: '1' })
  let holders = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      const lock = await take(`run ${index}`, 20_000)
      most = Math.max(most, ++holders)
      await new Promise(resolve => setImmediate(resolve))
      holders--
      await lock.release()
    }),
  )
  expect(most).toBe(1)
})

test('a wait ends with the signal', async () => {
  const lock = await take('one')
  const abort = new AbortController()
  const waiting = take('two', 60_000, abort.signal)
  abort.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  await lock.release()
})
