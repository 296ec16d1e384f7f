// Attacks that take more than one request, or a service in a certain state: each starts a service of its own.
import { expect } from 'vitest'
import type { Requirement } from '../../src/index.js'
import type { SignedRequest } from '../independent-signer.js'
import type { Adapter, Seen, Service } from './adapters.js'
import type { AttackId } from './attack.js'
import { type Exchange, exchangeHttp1, findHeader, type WireAnswer } from './raw-client.js'
import { exchangeHttp2 } from './raw-http2-client.js'
import { createTestbed, type Testbed, type TestbedOptions } from './testbed.js'
import { type HttpVersion, toHttp1, toHttp2 } from './wire-message.js'

/** A running service and a client for it. */
export interface Stage extends Testbed {
  readonly port: number
  readonly version: HttpVersion
  readonly reached: Seen[]
  /** All at once; one answer each, in the order of the requests. */
  send(...requests: readonly SignedRequest[]): Promise<WireAnswer[]>
  /** One after the other; status, or status and code. */
  outcomes(...requests: readonly SignedRequest[]): Promise<string[]>
  /** One more service behind the same adapter, for example after a restart. */
  open(options: StageOptions): Promise<Stage>
}

export interface StageOptions extends TestbedOptions {
  readonly requirement?: Partial<Requirement>
  readonly bodyIsReadBefore?: boolean
}

export interface StateAttack {
  readonly id: AttackId
  readonly name: string
  readonly only?: HttpVersion
  readonly stage?: StageOptions
  run(stage: Stage): Promise<void>
}

export async function perform(attack: StateAttack, adapter: Adapter, version: HttpVersion): Promise<void> {
  const closing: (() => Promise<void>)[] = []
  const open = async (options: StageOptions): Promise<Stage> => {
    const testbed = createTestbed(options)
    const reached: Seen[] = []
    const service: Service = {
      verifier: testbed.verifier,
      requirement: { scopes: ['orders:status:write'], ...options.requirement },
      onReached: seen => reached.push(seen),
      bodyIsReadBefore: options.bodyIsReadBefore,
    }
    const { port, close } = await adapter.start(service, version)
    closing.push(close)
    return { ...testbed, port, version, reached, open, ...createClient(port, version) }
  }
  try {
    await attack.run(await open(attack.stage ?? {}))
  } finally {
    for (const close of closing) await close()
  }
}

function createClient(port: number, version: HttpVersion): Pick<Stage, 'send' | 'outcomes'> {
  const send: Stage['send'] = async (...requests) => (await exchange(port, version, requests)).map(onlyAnswer)
  return {
    send,
    async outcomes(...requests) {
      const found: string[] = []
      for (const request of requests) found.push(...(await send(request)).map(describeAnswer))
      return found
    },
  }
}

/** `200`, or `409 request_replayed`. */
export function describeAnswer(answer: WireAnswer): string {
  if (answer.status === 200) return '200'
  expect(findHeader(answer, 'content-type')).toBe('application/problem+json')
  return `${answer.status} ${JSON.parse(answer.body).code}`
}

function exchange(
  port: number,
  version: HttpVersion,
  requests: readonly SignedRequest[],
): Promise<Exchange[]> {
  if (version === '2') return exchangeHttp2(port, requests.map(toHttp2))
  return Promise.all(requests.map(request => exchangeHttp1(port, toHttp1(request))))
}

function onlyAnswer({ answers, end }: Exchange): WireAnswer {
  if (answers.length !== 1) throw new Error(`Not one answer: ${end}, ${JSON.stringify(answers)}`)
  return answers[0]!
}
