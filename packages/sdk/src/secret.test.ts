import { format, inspect } from 'node:util'
import { expect, it } from 'vitest'
import { hmacAuth } from './hmac-authenticator.js'
import { PartnerClient } from './partner-client.js'
import { createRequestSigner } from './request-signer.js'
import { Secret } from './secret.js'

const CANARY = 'canary-secret-7f1c'

it('gives the value to reveal() and to nothing else', () => {
  const secret = new Secret(CANARY)
  expect(secret.reveal()).toBe(CANARY)
  const shown = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect(secret, { showHidden: true, depth: 9 }),
    format('%s %o %j', secret, secret, secret),
    JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(secret))),
  ].join('\n')
  expect(shown).not.toContain(CANARY)
  expect(shown).toContain('[redacted]')
})

it('is in no property of an authenticator, a signer or a client', () => {
  const options = { keyId: 'demo_acme_key1', environment: 'live', api: 'orders' }
  for (const secret of [CANARY, new Secret(CANARY)]) {
    const auth = hmacAuth({ ...options, secret })
    const parts = [
      auth,
      createRequestSigner({ ...options, secret }),
      new PartnerClient({ baseUrl: 'https://x.test', auth }),
    ]
    for (const part of parts) expect(inspect(part, { showHidden: true, depth: 20 })).not.toContain(CANARY)
  }
})
