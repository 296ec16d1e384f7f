import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

/** Takes one request off the wire, answers 204, and returns its bytes: what a foreign client really sends. */
export async function recordRequest(send: (url: string) => Promise<unknown>): Promise<Buffer> {
  let received = Buffer.alloc(0)
  const server = createServer(socket => {
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      const head = received.indexOf('\r\n\r\n')
      if (head === -1) return
      const length =
        /\r\ncontent-length: *([0-9]+)/i.exec(received.subarray(0, head).toString('latin1'))?.[1] ?? '0'
      if (received.length - head - 4 >= Number(length))
        socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
    })
    socket.on('error', () => {})
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    await send(`http://127.0.0.1:${port}`)
    return received
  } finally {
    server.close()
  }
}
