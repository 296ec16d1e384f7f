// Every adapter under test. Adding one: write how it is started, and add a line to ADAPTERS.
import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance, type RawServerBase } from 'fastify'
import { answerFrameworkError, countersignFastify } from '../../src/adapters/fastify.js'
import { createVerifiedHandler, type NodeRequest, type NodeResponse } from '../../src/adapters/node-http.js'
import type { RequestVerifier, Requirement, VerifiedCaller } from '../../src/index.js'
import type { HttpVersion } from './wire-message.js'

/** What a handler was given. */
export interface Seen {
  readonly caller: VerifiedCaller
  readonly body: Buffer
}

/** A service that an adapter stands before: every method and path, one requirement. */
export interface Service {
  readonly verifier: RequestVerifier
  readonly requirement: Requirement
  /** The handler. Its answer is the partner's name. */
  readonly onReached: (seen: Seen) => void
  /** A mistake: something reads the body before the adapter does. */
  readonly bodyIsReadBefore?: boolean | undefined
}

export interface RunningAdapter {
  readonly port: number
  close(): Promise<void>
}

export interface Adapter {
  readonly name: string
  readonly versions: readonly HttpVersion[]
  start(service: Service, version: HttpVersion): Promise<RunningAdapter>
}

export const ADAPTERS: readonly Adapter[] = [
  { name: 'node', versions: ['1.1', '2'], start: startNode },
  { name: 'fastify', versions: ['1.1', '2'], start: (...of) => startFastify('onRequest', ...of) },
  {
    name: 'fastify as preHandler',
    versions: ['1.1', '2'],
    start: (...of) => startFastify('preHandler', ...of),
  },
]

async function startNode(service: Service, version: HttpVersion): Promise<RunningAdapter> {
  const verified = createVerifiedHandler(
    service.verifier,
    service.requirement,
    (_request, response, caller, body) => {
      service.onReached({ caller, body })
      response.end(caller.partnerId)
    },
    () => undefined,
  )
  const listener = async (request: NodeRequest, response: NodeResponse): Promise<void> => {
    if (service.bodyIsReadBefore) for await (const _chunk of request);
    verified(request, response)
  }
  const server = version === '2' ? createHttp2Server(listener) : createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}

async function startFastify(
  hook: 'onRequest' | 'preHandler',
  service: Service,
  version: HttpVersion,
): Promise<RunningAdapter> {
  const frameworkErrors = answerFrameworkError
  const app =
    version === '2'
      ? await arrange(fastify({ http2: true, frameworkErrors }), hook, service)
      : await arrange(fastify({ frameworkErrors }), hook, service)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const [address] = app.addresses() as AddressInfo[]
  return { port: address!.port, close: () => app.close().then(() => undefined) }
}

async function arrange<Server extends RawServerBase>(
  app: FastifyInstance<Server>,
  hook: 'onRequest' | 'preHandler',
  { bodyIsReadBefore, verifier, requirement, onReached }: Service,
): Promise<Pick<FastifyInstance, 'listen' | 'addresses'> & { close(): Promise<unknown> }> {
  if (bodyIsReadBefore)
    app.addHook('onRequest', async request => {
      for await (const _chunk of request.raw);
    })
  await app.register(countersignFastify, { verifier })
  app.all('/*', { [hook]: app.verified(requirement) }, async request => {
    onReached({ caller: request.caller, body: await request.rawBody() })
    return request.caller.partnerId
  })
  return app
}
