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
  /** HTTP/1.1: `closed` or the error of the socket. HTTP/2: the code of RST_STREAM, or of GOAWAY. */
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
    socket.on('close', () => {
      try {
        resolve({ answers: parseAnswers(received), end })
      } catch (error) {
        reject(error)
      }
    })
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
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(rest)?.[1])
    if (headEnd === -1 || Number.isNaN(status)) throw new Error(`Not an answer: ${JSON.stringify(rest)}`)
    const headers = rest.slice(0, headEnd).split('\r\n').slice(1).map(parseField)
    const framed = rest.slice(headEnd + 4)
    const { body, end } = status < 200 ? { body: '', end: 0 } : readBody(framed, new Map(headers))
    answers.push({ status, headers, body })
    rest = framed.slice(end)
  }
  return answers
}

function parseField(line: string): Field {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

function readBody(text: string, headers: ReadonlyMap<string, string>): { body: string; end: number } {
  const length = Number(headers.get('content-length') ?? text.length)
  if (headers.get('transfer-encoding') !== 'chunked') return { body: text.slice(0, length), end: length }
  let body = ''
  let at = 0
  for (;;) {
    const dataStart = text.indexOf('\r\n', at) + 2
    const size = Number.parseInt(text.slice(at, dataStart), 16)
    if (Number.isNaN(size)) throw new Error(`Not a chunk: ${JSON.stringify(text.slice(at))}`)
    body += text.slice(dataStart, dataStart + size)
    at = dataStart + size + 2
    if (size === 0) return { body, end: at }
  }
}
