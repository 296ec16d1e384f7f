import { execFileSync, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PartnerApi, startPartnerApi } from './partner-api.js'
import { createWorkplace, runCli, type Workplace } from './run-cli.js'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
if (!hasOpenssl) {
  if (process.env['CI']) throw new Error('CI must have openssl: it makes the certificate of this test.')
  console.warn('skipped: no openssl to make a certificate with')
}

describe.skipIf(!hasOpenssl)('a platform with a certificate authority of its own', () => {
  let api: PartnerApi
  let place: Workplace
  let env: Record<string, string>

  beforeAll(async () => {
    place = await createWorkplace()
    const subject = ['-subj', '/O=Test CA', '-addext', 'subjectAltName=IP:127.0.0.1']
    const files = ['-keyout', place.path('key.pem'), '-out', place.path('ca.pem')]
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30']
    execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' })
    api = await startPartnerApi({
      cert: await readFile(place.path('ca.pem'), 'utf8'),
      key: await readFile(place.path('key.pem'), 'utf8'),
    })
    env = {
      PARTNER_BASE_URL: api.url,
      PARTNER_ENVIRONMENT: 'sandbox',
      PARTNER_KEY_ID: api.keyId,
      PARTNER_SECRET: api.secret,
    }
  })

  afterAll(async () => {
    await api.close()
    await place.remove()
  })

  test('is not trusted: exit 10, and the message names --ca-bundle', async () => {
    const { exitCode, stderr } = await runCli(place, ['push-status', 'A-1', 'shipped'], { env })
    expect(exitCode).toBe(10)
    expect(stderr).toContain('--ca-bundle')
    expect(api.stored.size).toBe(0)
  })

  test('is trusted with --ca-bundle and with PARTNER_CA_BUNDLE', async () => {
    const flag = await runCli(place, ['push-status', 'A-1', 'shipped', '--ca-bundle', 'ca.pem'], { env })
    expect([flag.exitCode, flag.stderr]).toEqual([0, ''])
    const variable = await runCli(place, ['push-status', 'A-2', 'shipped'], {
      env: { ...env, PARTNER_CA_BUNDLE: place.path('ca.pem') },
    })
    expect(variable.exitCode).toBe(0)
    expect(api.stored.size).toBe(2)
  })

  test('doctor tells one case from the other', async () => {
    const without = await runCli(place, ['doctor'], { env })
    expect(without.exitCode).toBe(10)
    expect(without.stdout).toMatch(/FAIL +tls .*\n +fix: .*--ca-bundle/)
    const withBundle = await runCli(place, ['doctor', '--ca-bundle', 'ca.pem'], { env })
    expect(withBundle.exitCode).toBe(0)
    expect(withBundle.stdout).toMatch(
      /ok +tls +TLSv1\.3, certificate by Test CA, valid for (29|30) more days/,
    )
  })
})
