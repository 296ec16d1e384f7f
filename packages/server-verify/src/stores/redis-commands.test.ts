import { stat } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { IoredisClient, RedisClient } from './redis-client.js'
import { sendToMasters } from './redis-client.js'
import { RedisCommands } from './redis-commands.js'

const answering = (call: IoredisClient['call']): RedisClient => ({ call })
const OUTAGE = { code: 'dependency_unavailable', status: 503, dependency: 'a store', retryAfter: 1 }
const create = (client: RedisClient, timeoutMs?: number): RedisCommands =>
  new RedisCommands(client, 'a store', { timeoutMs })

describe('commands go to every kind of client', () => {
  it.each<[string, (sent: unknown[]) => RedisClient, unknown]>([
    [
      'ioredis',
      sent => ({ call: async (...args) => sent.push(args) }),
      [['EVAL', 'return 1', '2', 'k1', 'k2', 'a']],
    ],
    [
      'node-redis',
      sent => ({ sendCommand: async (args: readonly string[]) => sent.push(args) }),
      [['EVAL', 'return 1', '2', 'k1', 'k2', 'a']],
    ],
    [
      'node-redis cluster',
      sent => ({
        masters: [],
        nodeClient: async () => ({ sendCommand: async () => null }),
        sendCommand: async (...args: unknown[]) => sent.push(args),
      }),
      [['k1', false, ['EVAL', 'return 1', '2', 'k1', 'k2', 'a']]],
    ],
  ])('%s', async (_, createClient, expected) => {
    const sent: unknown[] = []
    await create(createClient(sent)).evaluate('return 1', ['k1', 'k2'], ['a'])
    expect(sent).toEqual(expected)
  })

  it('to every master', async () => {
    const node = (name: string): IoredisClient => ({ call: async (...args) => [name, ...args] })
    const cluster: IoredisClient = { ...node('any'), nodes: role => [node(`${role} 1`), node(`${role} 2`)] }
    expect(await sendToMasters(cluster, ['INFO', 'memory'])).toEqual([
      ['master 1', 'INFO', 'memory'],
      ['master 2', 'INFO', 'memory'],
    ])
    expect(await sendToMasters(node('one'), ['PING'])).toEqual([['one', 'PING']])
  })
})

describe('what goes wrong is an outage', () => {
  it.each<[string, RedisClient]>([
    ['an error reply', answering(() => Promise.reject(new Error('READONLY')))],
    [
      'a client that throws at once',
      answering(() => {
        throw new Error('closed')
      }),
    ],
  ])('%s', async (_, client) => {
    const failing = create(client).run('k', ['GET', 'k'])
    await expect(failing).rejects.toMatchObject({ ...OUTAGE, cause: expect.any(Error) })
  })

  it('no answer in time; one that comes late changes nothing', async () => {
    let answer: (value: unknown) => void = () => undefined
    const client = answering(() => new Promise(resolve => (answer = resolve)))
    const started = performance.now()
    const asked = create(client, 30).run('k', ['GET', 'k'])
    await expect(asked).rejects.toMatchObject({ ...OUTAGE, cause: { message: 'no answer within 30 ms' } })
    expect(performance.now() - started).toBeGreaterThanOrEqual(29)
    answer('late')
    await expect(asked).rejects.toMatchObject(OUTAGE)
  })

  it('a process that was busy for longer than the timeout finds the answer that is there', async () => {
    // The answer comes by a file's status: ready while the process is busy, read after its timers.
    const client = answering(() => new Promise(resolve => stat('.', () => resolve('there'))))
    const asked = create(client, 5).run('k', ['GET', 'k'])
    const end = performance.now() + 60
    while (performance.now() < end);
    expect(await asked).toBe('there')
  })

  it('a server that hangs does not fill the memory: beyond 8192 without an answer nothing is sent', async () => {
    const answers: ((value: unknown) => void)[] = []
    const commands = create(
      answering(() => new Promise(resolve => answers.push(resolve))),
      60_000,
    )
    const asked = Array.from({ length: 8192 }, () => commands.run('k', ['GET', 'k']))
    await expect(commands.run('k', ['GET', 'k'])).rejects.toMatchObject(OUTAGE)
    expect(answers).toHaveLength(8192)
    for (const answer of answers) answer(1)
    expect(new Set(await Promise.all(asked))).toEqual(new Set([1]))
    const next = commands.run('k', ['GET', 'k'])
    answers.at(-1)?.(2)
    expect(await next).toBe(2)
  })
})

it.each([0, -1, Number.NaN, 60_001])('a timeout of %d ms makes no sense', timeoutMs => {
  expect(() =>
    create(
      answering(async () => null),
      timeoutMs,
    ),
  ).toThrow(RangeError)
})

it.each(['', '{a}', 'a b', 'a'.repeat(65)])('a prefix %j cannot be used', prefix => {
  expect(
    () =>
      new RedisCommands(
        answering(async () => null),
        'a store',
        { prefix },
      ),
  ).toThrow('prefix')
})
