import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseApiKey } from '@countersign/protocol'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDemoSecrets, toCredentials } from './demo-credentials.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-credentials-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('are new ones each time without a folder, and the same ones with it', () => {
  const [a, b] = [openDemoSecrets(undefined, 1), openDemoSecrets(undefined, 1)]
  for (const { keyId } of [...toCredentials(a), ...toCredentials(b)])
    expect(keyId).toMatch(/^[A-Za-z0-9_-]{8,64}$/)
  expect(a.hmac.secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(parseApiKey(a.apiKey)).toMatchObject({ environment: 'sandbox', keyId: toCredentials(a)[1].keyId })
  const all = [a, b].flatMap(one => [one.hmac.secret, one.apiKey, one.httpSignature.privateKeyPem])
  expect(new Set(all).size).toBe(6)
  const kept = openDemoSecrets(folder, 1)
  expect(openDemoSecrets(folder, 2)).toEqual(kept)
  expect(statSync(join(folder, 'credentials.json')).mode & 0o777).toBe(0o600)
})

it.each(['{"secret":"hunter2"', '{"createdAt":1,"hmac":{"keyId":"k","secret":"hunter2"}}', 'null'])(
  'says which file is damaged, and not what stands in it: %j',
  text => {
    writeFileSync(join(folder, 'credentials.json'), text)
    expect(() => openDemoSecrets(folder, 1)).toThrow(/credentials\.json holds no credentials/)
    expect(() => openDemoSecrets(folder, 1)).not.toThrow(/hunter2/)
  },
)
