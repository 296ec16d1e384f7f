// Every vector of test-vectors/webhooks.json that is about a partner's receiver: the answer, or what a handler may see.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  createWebhookVerifier,
  WebhookError,
  type WebhookLimits,
  type WebhookVerifier,
} from '../src/webhooks.js'

interface Arrival {
  readonly nowMs: number
  readonly request: {
    readonly method: string
    readonly target: string
    readonly rawHeaders: readonly string[]
    readonly authority?: string
    readonly bodyBase64: string
  }
  readonly expected: { readonly status: number }
}
interface Vector extends Arrival {
  readonly id: string
  readonly before: readonly Arrival[]
  readonly verifier?: { readonly api?: string; readonly limits?: WebhookLimits }
}
interface File {
  readonly vectors: readonly Vector[]
  readonly verifier: {
    readonly authorities: readonly string[]
    readonly environment: string
    readonly freshness: { readonly pastSeconds: number; readonly futureSeconds: number }
    readonly limits: WebhookLimits
  }
  readonly credentials: readonly {
    keyId: string
    secret: string
    api: string
    environment: string
    state: string
  }[]
}

const file: File = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../test-vectors/webhooks.json'), 'utf8'),
)
const atTheApi = file.vectors.filter(vector => vector.verifier?.api !== undefined)
const atTheReceiver = file.vectors.filter(vector => vector.verifier?.api === undefined)

async function answer(verifier: WebhookVerifier, { request }: Arrival): Promise<object> {
  const { bodyBase64, ...rest } = request
  try {
    const { signedHeaders } = await verifier.verify({ ...rest, body: Buffer.from(bodyBase64, 'base64') })
    return { status: 200, signedHeaders: [...signedHeaders] }
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    return { status: error.status, code: error.code, retryable: error.retryable }
  }
}

describe('webhooks', () => {
  it.each(atTheReceiver.map(vector => [vector.id, vector] as const))('%s', async (_, vector) => {
    let now = 0
    const { authorities, environment, freshness, limits } = file.verifier
    const own = file.credentials.filter(
      each => each.api === 'webhooks' && each.environment === environment && each.state === 'active',
    )
    const verifier = createWebhookVerifier({
      keys: own.map(({ keyId, secret }) => ({ keyId, secret })),
      environment,
      hosts: authorities,
      tolerance: freshness,
      limits: vector.verifier?.limits ?? limits,
      clock: () => now,
    })
    for (const arrival of [...vector.before, vector]) {
      now = arrival.nowMs
      expect(await answer(verifier, arrival)).toEqual(arrival.expected)
    }
  })

  it('are all there; those at the API are the business of the server’s verifier', () => {
    expect([atTheReceiver.length, atTheApi.length]).toEqual([46, 4])
    console.log(`webhooks: ${atTheReceiver.length} vectors passed`)
  })
})
