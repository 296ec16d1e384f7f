// A signer that nobody here wrote: curl --aws-sigv4 against the node adapter.
import { execFile, spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createVerifiedHandler } from '../src/adapters/node-http.js'
import { createMemoryReplayGuard } from '../src/index.js'
import { createFixture, KEY_ID, SECRET, WRITE } from './fixture.js'

const version = /^curl (\d+)\.(\d+)/.exec(spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout ?? '')
const [major, minor] = [Number(version?.[1]), Number(version?.[2])]
const usable = major > 7 || (major === 7 && minor >= 86)
if (!usable && process.env['CI'] === undefined)
  console.log('skipped: curl 7.86 or newer is not here (apt-get install curl)')

describe.skipIf(!usable && process.env['CI'] === undefined)('curl --aws-sigv4', () => {
  const start = { now: 0 }
  const replay = createMemoryReplayGuard({ maxEntries: 100, now: () => start.now || Date.now() })
  const { verifier } = createFixture({
    authorities: () => true,
    now: Date.now,
    // The credential is older than this guard; what it may have signed before is not the question here.
    replay: {
      has: replay.has.bind(replay),
      claim: claim => replay.claim({ ...claim, credentialCreatedAt: Date.now() }),
    },
  })
  const server = createServer(
    createVerifiedHandler(verifier, WRITE, (_, response, caller, body) => {
      response.end(`${caller.partnerId} ${body.length}`)
    }),
  )
  let url = ''
  beforeAll(async () => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/orders/A-1/statuses`
  })
  afterAll(() => server.close())

  const curl = async (labels: string, ...rest: string[]): Promise<[string, string]> => {
    const common = ['-sS', '-w', '\n%{http_code}', '--aws-sigv4', labels, '-u', `${KEY_ID}:${SECRET}`]
    const { stdout } = await promisify(execFile)('curl', [...common, ...rest])
    const cut = stdout.lastIndexOf('\n')
    return [stdout.slice(cut + 1), stdout.slice(0, cut)]
  }

  it.each([
    ['PARTNER row', 'partner:partner:sandbox:orders'],
    ['AWS row', 'aws:amz:sandbox:orders'],
  ])('%s: --json, a query in canonical form, a GET', async (_, labels) => {
    const json = ['-H', 'Content-Type: application/json', '--data-binary', '{"status":"shipped"}']
    expect(await curl(labels, ...json, url)).toEqual(['200', 'acme 20'])
    expect(await curl(labels, ...json, `${url}?cursor=eyJ&limit=50`)).toEqual(['200', 'acme 20'])
    expect(await curl(labels, url)).toEqual(['200', 'acme 0'])
  })

  it('-F signs no body: 400 body_not_signed, and what to do', async () => {
    const [status, body] = await curl('partner:partner:sandbox:orders', '-F', 'a=b', url)
    expect([status, JSON.parse(body).code]).toEqual(['400', 'body_not_signed'])
    expect(body).toContain('--data-binary')
  })
})
