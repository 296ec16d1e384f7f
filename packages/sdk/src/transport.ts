// The only file that imports undici, and only when the first request is sent: loading it costs more than all the rest.
import type { Agent, Dispatcher } from 'undici'
import {
  ClientCertificate,
  type ClientCertificateOptions,
  type LoadedCertificate,
} from './client-certificate.js'
import { describeConnectionFailure } from './connection-failure.js'
import { ConnectionError, PartnerError, UsageError } from './errors.js'
import { formatTarget, type OutgoingRequest } from './outgoing-request.js'
import { type ProxyChoice, readProxyChoice } from './proxy-environment.js'
import {
  type ReceivedResponse,
  type Transport,
  type TransportLimits,
  tooLarge,
} from './transport-contract.js'
import { createTrust } from './trusted-authorities.js'

/** How the undici transport reaches the server. */
export interface TransportOptions extends TransportLimits {
  /** PEM; trusted in addition to the built-in authorities. */
  readonly caBundle?: string | Uint8Array | undefined
  /** Default: from the environment. */
  readonly proxy?: string | URL | false | undefined
  readonly clientCertificate?: ClientCertificateOptions | undefined
  /** HTTP/2 where the server offers it. Default true. */
  readonly http2?: boolean | undefined
}

/** Keep-alive connections of one undici agent, directly or through a proxy. */
export function createTransport(options: TransportOptions): Transport {
  const choice = readProxyChoice(options.proxy, process.env)
  const certificate = options.clientCertificate && new ClientCertificate(options.clientCertificate)
  let opened:
    | { readonly shown: LoadedCertificate | undefined; readonly dispatcher: Promise<Dispatcher> }
    | undefined
  let closed = false
  const leaving = new Set<Promise<void>>()

  const leave = (dispatcher: Promise<Dispatcher>): Promise<void> => {
    const left = dispatcher.then(
      ready => ready.close(),
      () => undefined,
    )
    leaving.add(left)
    return left.finally(() => leaving.delete(left))
  }
  /** Connections that showed the former certificate finish what they carry and are closed. */
  const open = async (): Promise<Dispatcher> => {
    const shown = await certificate?.get()
    if (opened === undefined || opened.shown !== shown) {
      if (opened !== undefined) void leave(opened.dispatcher)
      opened = { shown, dispatcher: openDispatcher(options, choice, shown) }
    }
    return opened.dispatcher
  }
  return {
    async send(request, signal) {
      if (closed) throw new UsageError('client_closed', 'The client is closed. Make a new one.')
      const dispatcher = await open()
      signal?.throwIfAborted()
      return dispatch(dispatcher, request, signal, options)
    },
    async certificateThumbprint() {
      return (await certificate?.get())?.thumbprint
    },
    async close() {
      closed = true
      if (opened !== undefined) void leave(opened.dispatcher)
      opened = undefined
      await Promise.all(leaving)
    },
  }
}

async function openDispatcher(
  options: TransportOptions,
  choice: ProxyChoice,
  shown: LoadedCertificate | undefined,
): Promise<Dispatcher> {
  const { Agent: DirectAgent, EnvHttpProxyAgent } = await import('undici')
  const { caBundle, connectTimeoutMs: timeout, headersTimeoutMs, http2: allowH2 = true } = options
  // Directly the authorities count in `connect`, through a proxy's tunnel in `requestTls`, and for a proxy that is
  // itself reached by TLS in `proxyTls`. The certificate is shown to the server, never to the proxy.
  const trust = async (own?: LoadedCertificate): Promise<object> =>
    caBundle === undefined && own === undefined ? {} : { secureContext: await createTrust(caBundle, own) }
  const tls = { timeout, ...(await trust(shown)) }
  const agentOptions: Agent.Options = {
    connect: tls,
    allowH2,
    headersTimeout: headersTimeoutMs,
    bodyTimeout: headersTimeoutMs,
  }
  if (choice === undefined) return new DirectAgent(agentOptions)
  const proxyTls = shown === undefined ? tls : { timeout, ...(await trust()) }
  return new EnvHttpProxyAgent({ ...agentOptions, requestTls: tls, proxyTls, ...choice })
}

function dispatch(
  dispatcher: Dispatcher,
  request: OutgoingRequest,
  signal: AbortSignal | undefined,
  limits: TransportLimits,
): Promise<ReceivedResponse> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let settled = false
    let sent = false
    let status = 0
    let headers: Record<string, string> = {}
    let received = 0
    const chunks: Buffer[] = []

    const settle = (): boolean => {
      if (settled) return false
      settled = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      return true
    }
    const fail = (reason: unknown): void => {
      if (!settle()) return
      reject(reason)
      // Without a controller the request still waits for a connection; it is dropped when it would start.
      controller?.abort(reason instanceof Error ? reason : new Error('aborted'))
    }
    const onAbort = (): void => fail(signal?.reason)
    const timer = setTimeout(() => {
      const message = `No complete answer from ${request.authority} within ${limits.timeoutMs} ms.`
      fail(new ConnectionError('response_timeout', message, { notSent: !sent }))
    }, limits.timeoutMs)
    signal?.addEventListener('abort', onAbort)

    const fields: string[] = ['host', request.authority]
    for (const [name, value] of request.headers) fields.push(name, value)
    const options: Dispatcher.DispatchOptions = {
      origin: request.origin,
      path: formatTarget(request),
      method: request.method,
      headers: fields,
      body: request.body ?? null,
    }
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started
        sent = true
        if (settled) started.abort(new Error('aborted before the start'))
      },
      onResponseStart(_, statusCode, responseHeaders) {
        status = statusCode
        headers = joinHeaders(responseHeaders)
      },
      onResponseData(_, chunk) {
        received += chunk.length
        if (received <= limits.maxResponseBytes) chunks.push(chunk)
        else fail(tooLarge(request.authority, limits.maxResponseBytes))
      },
      onResponseEnd() {
        if (!settle()) return
        const response = { status, headers, body: Buffer.concat(chunks, received) }
        // Not at once: undici takes a connection back two turns after the answer, and the next request of a caller
        // that sends one after the other would open a second one, with another TLS handshake.
        setImmediate(() => setImmediate(() => resolve(response)))
      },
      onResponseError(_, error) {
        if (!settle()) return
        reject(
          error instanceof PartnerError ? error : describeConnectionFailure(error, request.authority, sent),
        )
      },
    }
    try {
      dispatcher.dispatch(options, handler)
    } catch (error) {
      fail(error)
    }
  })
}

function joinHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const joined: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value
  }
  return joined
}
