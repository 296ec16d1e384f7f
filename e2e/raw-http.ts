import { connect } from 'node:net'

/** An answer as it stands on the wire, cut into its parts. */
export interface RawAnswer {
  readonly status: number
  readonly headers: string
  readonly body: string
}

/** Sends bytes to a server as they are and reads the one answer: no client library tidies them up. */
export function sendRaw(url: string, bytes: Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let received = Buffer.alloc(0)
    const finish = (): void => {
      const answer = parseAnswer(received)
      if (answer === undefined) return
      socket.destroy()
      resolve(answer)
    }
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      finish()
    })
    socket.on('error', reject)
    socket.on('close', () =>
      reject(new Error(`connection closed after ${received.length} bytes: ${received.toString('latin1')}`)),
    )
    socket.write(bytes)
  })
}

function parseAnswer(received: Buffer): RawAnswer | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const headers = received.subarray(0, end).toString('latin1')
  const length = /\r\ncontent-length: *([0-9]+)/i.exec(headers)?.[1]
  if (/\r\ntransfer-encoding:/i.test(headers))
    throw new Error(`sendRaw reads answers with a content-length only: ${headers}`)
  const expected = Number(length ?? 0)
  const body = received.subarray(end + 4)
  if (body.length < expected) return undefined
  return { status: Number(headers.slice(9, 12)), headers, body: body.subarray(0, expected).toString('utf8') }
}
