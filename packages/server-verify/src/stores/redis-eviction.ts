import { DependencyError } from '../errors.js'
import { type RedisClient, sendToMasters } from './redis-client.js'

/**
 * Every server of `client` must keep what it was given: `maxmemory-policy noeviction`. A server that evicts forgets
 * claims under load, and forgotten requests can be used again.
 *
 * @throws TypeError a server evicts, or does not tell
 * @throws DependencyError `dependency_unavailable`
 */
export async function assertKeepsEverything(client: RedisClient): Promise<void> {
  const policies = (await askConfig(client)) ?? (await askInfo(client))
  if (policies === undefined)
    throw new TypeError(
      'Redis answers neither CONFIG GET maxmemory-policy nor INFO memory, so it is not known whether it evicts. ' +
        'Allow one of them, or check by hand and set unverifiedEviction: true.',
    )
  for (const policy of policies) {
    if (policy === 'noeviction') continue
    throw new TypeError(
      `Redis has maxmemory-policy ${policy} and may forget which requests were used. Set it to noeviction, ` +
        'or use a server of its own.',
    )
  }
}

async function askConfig(client: RedisClient): Promise<string[] | undefined> {
  const answers = await ask(client, ['CONFIG', 'GET', 'maxmemory-policy'])
  return answers?.map(readConfigAnswer)
}

// RESP2: a list of name, value. RESP3: a map, which clients give as an object or a Map.
function readConfigAnswer(answer: unknown): string {
  if (Array.isArray(answer)) return String(answer[1])
  if (answer instanceof Map) return String(answer.get('maxmemory-policy'))
  return String(Object.values(answer ?? {})[0])
}

async function askInfo(client: RedisClient): Promise<string[] | undefined> {
  const answers = await ask(client, ['INFO', 'memory'])
  const policies = answers?.map(answer => /^maxmemory_policy:(\S+)/m.exec(String(answer))?.[1])
  return policies?.every(policy => policy !== undefined) ? policies : undefined
}

// An error reply means that the command is not allowed here; anything else is an outage.
async function ask(
  client: RedisClient,
  args: readonly [string, ...string[]],
): Promise<unknown[] | undefined> {
  try {
    return await sendToMasters(client, args)
  } catch (error) {
    if (error instanceof Error && /^(NOPERM|ERR unknown|ERR .*not allowed)/i.test(error.message))
      return undefined
    throw new DependencyError('dependency_unavailable', { dependency: 'replay guard', cause: error })
  }
}
