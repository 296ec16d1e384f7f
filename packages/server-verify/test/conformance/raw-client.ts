// HTTP/1.1 over a bare socket: bytes go out as they are, and whatever comes back is cut into answers.
import { connect } from 'node:net'
import type { Field } from './wire-message.js'

export interface WireAnswer {
  readonly status: number
  /** In wire order, names in lower case. */
  readonly headers: readonly Field[]
  readonly body: string
}

/** What one connection gave: the answers, and how the server ended it. */
export interface Exchange {
  readonly answers: readonly WireAnswer[]
  /** HTTP/2: the error code of RST_STREAM or GOAWAY. */
  readonly end: string
}

export const PATIENCE_MS = 5000

/**
 * Sends bytes and reads until the server closes.
 *
 * @param hangUp end our half after the last byte, for requests that are never completed
 */
export function exchangeHttp1(port: number, text: string, hangUp = false): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    let end = 'closed'
    socket.setEncoding('latin1')
    socket.setTimeout(PATIENCE_MS, () => {
      socket.destroy()
      reject(new Error(`The server neither answered nor closed. So far: ${JSON.stringify(received)}`))
    })
    socket.on('data', (chunk: string) => {
      received += chunk
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      end = error.code ?? error.message
    })
    socket.on('close', () => resolve({ answers: parseAnswers(received), end }))
    if (hangUp) socket.end(text, 'latin1')
    else socket.write(text, 'latin1')
  })
}

export function findHeader({ headers }: WireAnswer, name: string): string | undefined {
  return headers.find(([header]) => header === name)?.[1]
}

function parseAnswers(text: string): WireAnswer[] {
  const answers: WireAnswer[] = []
  let rest = text
  while (rest !== '') {
    const headEnd = rest.indexOf('\r\n\r\n')
    if (headEnd === -1) throw new Error(`Not an answer: ${JSON.stringify(rest)}`)
    const [statusLine, ...lines] = rest.slice(0, headEnd).split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine!)?.[1])
    const headers = lines.map((line): Field => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    })
    const length = headers.find(([name]) => name === 'content-length')?.[1]
    const bodyStart = headEnd + 4
    const bodyLength = status < 200 ? 0 : length === undefined ? rest.length : Number(length)
    if (headers.some(([name]) => name === 'transfer-encoding')) throw new Error('A chunked answer.')
    answers.push({ status, headers, body: rest.slice(bodyStart, bodyStart + bodyLength) })
    rest = rest.slice(bodyStart + bodyLength)
  }
  return answers
}
