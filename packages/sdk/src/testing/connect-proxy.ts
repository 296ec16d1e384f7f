import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { close, listen } from './recording-server.js'

export interface ConnectProxy {
  readonly url: string
  /** `host:port` of every tunnel asked for. */
  readonly tunnels: string[]
  close(): Promise<void>
}

/** An HTTP proxy that opens tunnels; with `password` only for `user:password`. */
export async function startConnectProxy(password?: string): Promise<ConnectProxy> {
  const tunnels: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((_, response) => response.writeHead(405).end())
  server.on('connect', (request, client: Socket) => {
    sockets.add(client)
    tunnels.push(request.url ?? '')
    const wanted = `Basic ${Buffer.from(`user:${password}`).toString('base64')}`
    if (password !== undefined && request.headers['proxy-authorization'] !== wanted) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
      return
    }
    const { hostname, port } = new URL(`http://${request.url}`)
    const upstream = connect(Number(port || 80), hostname, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      client.pipe(upstream).pipe(client)
    })
    sockets.add(upstream)
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy())
  })
  const url = `http://127.0.0.1:${await listen(server)}`
  return {
    url,
    tunnels,
    close() {
      for (const socket of sockets) socket.destroy()
      return close(server)
    },
  }
}
