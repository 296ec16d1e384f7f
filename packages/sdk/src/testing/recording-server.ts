import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it arrived. */
export interface ArrivedRequest {
  readonly method: string
  /** Raw. */
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  header(name: string): string | undefined
}

export interface Reply {
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** An object is sent as JSON: as a problem from 400 on. */
  readonly body?: string | object | undefined
}

/** `'drop'` closes the connection without an answer, `'hang'` never answers. */
export type Answering = (
  request: ArrivedRequest,
  number: number,
) => Reply | 'drop' | 'hang' | Promise<Reply | 'drop' | 'hang'>

export interface RecordingServer {
  readonly url: string
  readonly port: number
  readonly requests: ArrivedRequest[]
  /** Connections accepted so far. */
  readonly connections: () => number
  close(): Promise<void>
}

/** A plain HTTP server on a free loopback port that keeps what it received. */
export async function startRecordingServer(answer: Answering): Promise<RecordingServer> {
  const requests: ArrivedRequest[] = []
  let connections = 0
  const server = createServer((incoming, response) => {
    void receive(incoming).then(async arrived => {
      requests.push(arrived)
      reply(response, await answer(arrived, requests.length))
    })
  })
  server.on('connection', () => connections++)
  const port = await listen(server)
  const url = `http://127.0.0.1:${port}`
  return { url, port, requests, connections: () => connections, close: () => close(server) }
}

export function listen(server: Server): Promise<number> {
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

export function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

export async function receive(incoming: IncomingMessage): Promise<ArrivedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const { rawHeaders } = incoming
  return {
    method: incoming.method ?? '',
    target: incoming.url ?? '',
    rawHeaders,
    body: Buffer.concat(chunks),
    header: name => {
      const at = rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name)
      return at === -1 ? undefined : rawHeaders[at + 1]
    },
  }
}

function reply(response: ServerResponse, what: Reply | 'drop' | 'hang'): void {
  if (what === 'drop') response.destroy()
  if (typeof what === 'string') return
  const { status = 200, headers = {}, body } = what
  const type =
    typeof body !== 'object' ? 'text/plain' : status < 400 ? 'application/json' : 'application/problem+json'
  response.writeHead(status, { 'content-type': type, ...headers })
  response.end(typeof body === 'object' ? JSON.stringify(body) : body)
}

/** A problem body. */
export function problem(status: number, code: string, more: object = {}): Reply {
  const body = {
    type: `urn:x:${code}`,
    title: code,
    status,
    detail: `Told: ${code}.`,
    code,
    retryable: false,
    requestId: 'req-1',
  }
  return { status, body: { ...body, ...more } }
}
