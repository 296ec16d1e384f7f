import { PassThrough, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { checkQuery, createOutput, mayUseColor, writeText } from './output.js'

test('one line of JSON, filtered by the query', async () => {
  const stream = new PassThrough()
  const output = createOutput(stream, 'json', 'a[?b > `1`].b | [0]')
  await output.result({ a: [{ b: 1 }, { b: 2 }] }, () => 'for people')
  await output.event({ a: 1 })
  expect(String(stream.read())).toBe('2\n')
})

test('a query that finds nothing prints null', async () => {
  const stream = new PassThrough()
  await createOutput(stream, 'json', 'nothing').result({ a: 1 }, () => '')
  expect(String(stream.read())).toBe('null\n')
})

test('a query is checked beforehand', async () => {
  await expect(checkQuery('a[')).rejects.toMatchObject({ code: 'query_invalid', exitCode: 2 })
  await checkQuery('a[0]')
})

test('writing waits for a slow reader, and no longer for one that went away', async () => {
  const release: (() => void)[] = []
  const slow = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => void release.push(done) })
  let written = false
  const writing = writeText(slow, 'text').then(() => (written = true))
  await new Promise(setImmediate)
  expect(written).toBe(false)
  release[0]!()
  await writing
  const gone = writeText(slow, 'more')
  slow.destroy()
  await gone
  await writeText(slow, 'after the end')
})

test.each([
  [true, {}, true, true],
  [false, {}, true, false],
  [true, { NO_COLOR: '1' }, true, false],
  [true, { NO_COLOR: '' }, true, true],
  [true, { TERM: 'dumb' }, true, false],
  [true, {}, false, false],
])('colour: terminal %s, environment %j, flag %s → %s', (isTTY, env, flag, expected) => {
  expect(mayUseColor(Object.assign(new PassThrough(), { isTTY }), env, flag)).toBe(expected)
})
