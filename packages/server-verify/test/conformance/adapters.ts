// Every adapter under test. Adding one: write how it is started, add a line to ADAPTERS and a file like its neighbours.
import { createServer, type Server } from 'node:http'
import { createServer as createHttp2Server, createSecureServer, type Http2Server } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import express5 from 'express'
import fastify, { type FastifyInstance, type RawServerBase } from 'fastify'
import { Hono } from 'hono'
import { countersignExpress } from '../../src/adapters/express.js'
import { answerFrameworkError, countersignFastify } from '../../src/adapters/fastify.js'
import { countersignHono } from '../../src/adapters/hono.js'
import {
  answerClientError,
  createVerifiedHandler,
  type NodeRequest,
  type NodeResponse,
} from '../../src/adapters/node-http.js'
import type { RequestVerifier, Requirement, VerifiedCaller } from '../../src/index.js'
import type { HttpVersion } from './wire-message.js'

const express4: typeof express5 = createRequire(import.meta.url)('express4')

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
  /** Serve TLS, and ask for a client certificate without insisting on one. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string } | undefined
  /** What the handler waits for before it answers. */
  readonly hold?: (() => Promise<void>) | undefined
}

export interface RunningAdapter {
  readonly port: number
  close(): Promise<void>
}

export interface Adapter {
  readonly versions: readonly HttpVersion[]
  start(service: Service, version: HttpVersion): Promise<RunningAdapter>
  /** What lies under the adapter answers a host or target that makes no URL itself: 400 without a body. */
  readonly refusesBare?: boolean
}

export type AdapterName =
  | 'node'
  | 'fastify'
  | 'fastify as preHandler'
  | 'express 5'
  | 'express 4'
  | 'hono on node'

/** By name; each has a test file of its own, `conformance.test.ts` says so. */
export const ADAPTERS: Readonly<Record<AdapterName, Adapter>> = {
  node: { versions: ['1.1', '2'], start: startNode },
  fastify: { versions: ['1.1', '2'], start: (...of) => startFastify('onRequest', ...of) },
  'fastify as preHandler': { versions: ['1.1', '2'], start: (...of) => startFastify('preHandler', ...of) },
  'express 5': { versions: ['1.1'], start: service => startExpress(express5, service) },
  'express 4': { versions: ['1.1'], start: service => startExpress(express4, service) },
  'hono on node': { versions: ['1.1', '2'], start: startHono, refusesBare: true },
}

const ASK = { requestCert: true, rejectUnauthorized: false }

async function startNode(service: Service, version: HttpVersion): Promise<RunningAdapter> {
  const { verifier, requirement, onReached, hold } = service
  const verified = createVerifiedHandler(
    verifier,
    requirement,
    async (_request, response, caller, body) => {
      onReached({ caller, body })
      await hold?.()
      response.end(caller.partnerId)
    },
    () => undefined,
  )
  const listener = async (request: NodeRequest, response: NodeResponse): Promise<void> => {
    if (service.bodyIsReadBefore) for await (const _chunk of request);
    verified(request, response)
  }
  return listen(createAnyServer(listener, version, service.tls))
}

function createAnyServer(
  listener: (request: NodeRequest, response: NodeResponse) => void,
  version: HttpVersion,
  tls: Service['tls'],
): Server | Http2Server {
  if (version === '2')
    return tls === undefined ? createHttp2Server(listener) : createSecureServer({ ...tls, ...ASK }, listener)
  return tls === undefined ? createServer(listener) : createHttpsServer({ ...tls, ...ASK }, listener)
}

// HTTP/2 never says `clientError`.
export async function listen(server: Server | Http2Server): Promise<RunningAdapter> {
  server.on('clientError', answerClientError)
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise(resolve => void server.close(() => resolve())),
  }
}

// Under a mount and in a router: what is verified is the target of the wire all the same.
function startExpress(express: typeof express5, service: Service): Promise<RunningAdapter> {
  const { bodyIsReadBefore, verifier, requirement, onReached, hold } = service
  const { checkTarget, verified, answerError } = countersignExpress(verifier, () => undefined)
  const app = express().use(checkTarget)
  if (bodyIsReadBefore) app.use(express.text({ type: () => true }))
  const router = express.Router().use(verified(requirement), async (request, response) => {
    onReached({ caller: request.caller, body: request.rawBody })
    await hold?.()
    response.end(request.caller.partnerId)
  })
  for (const path of ['/v1', '/']) app.use(path, router)
  const { tls } = service
  app.use(answerError)
  return listen(tls === undefined ? createServer(app) : createHttpsServer({ ...tls, ...ASK }, app))
}

function startHono(service: Service, version: HttpVersion): Promise<RunningAdapter> {
  const { bodyIsReadBefore, verifier, requirement, onReached, hold, tls } = service
  const { checkTarget, verified, answerError } = countersignHono(verifier, { onError: () => undefined })
  const app = new Hono()
  app.onError(answerError)
  app.use(checkTarget)
  if (bodyIsReadBefore)
    app.use(async (c, next) => {
      await c.req.text()
      await next()
    })
  app.all('*', verified(requirement), async c => {
    onReached({ caller: c.get('caller'), body: Buffer.from(c.get('rawBody')) })
    await hold?.()
    return c.text(c.get('caller').partnerId)
  })
  return listen(
    createAnyServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }), version, tls),
  )
}

async function startFastify(
  hook: 'onRequest' | 'preHandler',
  service: Service,
  version: HttpVersion,
): Promise<RunningAdapter> {
  const frameworkErrors = answerFrameworkError
  const clientErrorHandler = answerClientError
  const tls = service.tls && { ...service.tls, ...ASK }
  const app =
    version === '2'
      ? tls === undefined
        ? await arrange(fastify({ http2: true, frameworkErrors }), hook, service)
        : await arrange(fastify({ http2: true, https: tls, frameworkErrors }), hook, service)
      : tls === undefined
        ? await arrange(fastify({ frameworkErrors, clientErrorHandler }), hook, service)
        : await arrange(fastify({ https: tls, frameworkErrors, clientErrorHandler }), hook, service)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const [address] = app.addresses() as AddressInfo[]
  return { port: address!.port, close: () => app.close().then(() => undefined) }
}

async function arrange<Server extends RawServerBase>(
  app: FastifyInstance<Server>,
  hook: 'onRequest' | 'preHandler',
  { bodyIsReadBefore, verifier, requirement, onReached, hold }: Service,
): Promise<Pick<FastifyInstance, 'listen' | 'addresses'> & { close(): Promise<unknown> }> {
  if (bodyIsReadBefore)
    app.addHook('onRequest', async request => {
      for await (const _chunk of request.raw);
    })
  await app.register(countersignFastify, { verifier })
  app.all('/*', { [hook]: app.verified(requirement) }, async request => {
    onReached({ caller: request.caller, body: await request.rawBody() })
    await hold?.()
    return request.caller.partnerId
  })
  return app
}
