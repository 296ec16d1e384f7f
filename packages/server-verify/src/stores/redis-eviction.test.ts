import { expect, it } from 'vitest'
import type { RedisClient } from './redis-client.js'
import { assertKeepsEverything } from './redis-eviction.js'

const answering = (answers: Record<string, unknown>): RedisClient => ({
  async call(command) {
    const answer = answers[command]
    if (answer instanceof Error) throw answer
    return answer
  },
})
const FORBIDDEN = new Error('NOPERM this user has no permissions')

it.each([
  [{ CONFIG: ['maxmemory-policy', 'noeviction'] }],
  [{ CONFIG: { 'maxmemory-policy': 'noeviction' } }],
  [{ CONFIG: new Map([['maxmemory-policy', 'noeviction']]) }],
  [{ CONFIG: FORBIDDEN, INFO: '# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n' }],
  [{ CONFIG: new Error("ERR unknown command 'CONFIG'"), INFO: 'maxmemory_policy:noeviction' }],
])('%o keeps everything', async answers => {
  await expect(assertKeepsEverything(answering(answers))).resolves.toBeUndefined()
})

it.each([
  [{ CONFIG: ['maxmemory-policy', 'allkeys-lru'] }],
  [{ CONFIG: { 'maxmemory-policy': 'volatile-lfu' } }],
  [{ CONFIG: [] }],
  [{ CONFIG: null }],
  [{ CONFIG: FORBIDDEN, INFO: 'maxmemory_policy:allkeys-random\r\n' }],
  [{ CONFIG: FORBIDDEN, INFO: 'nothing' }],
  [{ CONFIG: FORBIDDEN, INFO: FORBIDDEN }],
])('%o may forget', async answers => {
  await expect(assertKeepsEverything(answering(answers))).rejects.toThrow(TypeError)
})

it('a server that does not answer is an outage, not a verdict', async () => {
  const lost = answering({ CONFIG: new Error('Connection is closed.') })
  await expect(assertKeepsEverything(lost)).rejects.toMatchObject({ code: 'dependency_unavailable' })
})
