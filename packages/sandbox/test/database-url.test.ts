import { expect, it } from 'vitest'
import { startSandbox } from '../src/index.js'
import { ApiClient, newEvent } from './api-client.js'
import { findPostgres, startPostgres } from './temporary-postgres.js'

const bin = findPostgres()

it.skipIf(bin === undefined)(
  'keeps the data in PostgreSQL, for two sandboxes at once and after a restart',
  async () => {
    const server = await startPostgres(bin!)
    try {
      const options = { port: 0, databaseUrl: server.url }
      const sandboxes = await Promise.all([startSandbox(options), startSandbox(options)])
      const clients = sandboxes.map(sandbox => new ApiClient(sandbox.ready))
      const event = newEvent()
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) => clients[index % 2]!.push('PG-1', event)),
      )
      expect(answers.filter(answer => String(answer.body['replayed']) === 'false')).toHaveLength(1)
      expect(answers.filter(answer => String(answer.body['replayed']) === 'true')).toHaveLength(39)
      for (const client of clients) client.close()
      for (const sandbox of sandboxes) await sandbox.close()

      const failures: unknown[] = []
      const again = await startSandbox({ ...options, onInternalError: error => failures.push(error) })
      const client = new ApiClient(again.ready)
      expect((await client.get('/v1/orders/PG-1')).body).toMatchObject({
        currentStatus: 'shipped',
        events: 1,
      })
      server.stop()
      const down = await client.get('/readyz', { key: null })
      expect([down.status, down.body['code']]).toEqual([503, 'dependency_unavailable'])
      const push = await client.push('PG-1', newEvent())
      expect([push.status, push.body]).toMatchObject([
        503,
        { code: 'dependency_unavailable', retryable: true },
      ])
      expect(failures.map(String)).toEqual(
        Array(2).fill(expect.stringMatching(/ECONNREFUSED|ECONNRESET|terminated/)),
      )
      client.close()
      await again.close()
    } finally {
      server.stop()
    }
  },
)
