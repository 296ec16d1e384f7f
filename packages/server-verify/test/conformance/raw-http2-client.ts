// HTTP/2 with header fields that no client library would send. node:http2 does the protocol; on its way to the socket
// each HEADERS frame is exchanged for one of ours, so that every byte of every field is the test's own choice. (The
// library alone refuses connection headers, duplicates of single-value headers and malformed pseudo-headers.)
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { type Exchange, PATIENCE_MS, type WireAnswer } from './raw-client.js'
import type { Field, Http2Message } from './wire-message.js'

/** How a stream ends that nobody objected to. */
export const NO_ERROR = 'NO_ERROR'

// RFC 9113 §7, in the order of their numbers.
const ERROR_CODES = [
  NO_ERROR,
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
]

const PREFACE_BYTES = 24
const FRAME_HEADER_BYTES = 9
const HEADERS_FRAME = 1
const END_STREAM = 0x1
const END_HEADERS = 0x4

/** Sends all messages at once, each on a stream of one connection. */
export async function exchangeHttp2(port: number, messages: readonly Http2Message[]): Promise<Exchange[]> {
  const socket = new HeadersSwap(connect(port, '127.0.0.1'), messages)
  const session = connectHttp2(`http://127.0.0.1:${port}`, { createConnection: () => socket })
  // A GOAWAY ends the streams, too, and they tell.
  session.on('error', () => undefined)
  try {
    return await Promise.all(messages.map(message => sendOne(session, message)))
  } finally {
    session.destroy()
  }
}

function sendOne(session: ClientHttp2Session, { body, trailers }: Http2Message): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const endStream = body.length === 0 && trailers === undefined
    const stream = session.request(
      { ':method': 'POST' },
      { endStream, waitForTrailers: trailers !== undefined },
    )
    const heads: Omit<WireAnswer, 'body'>[] = []
    const note = (raw: object): void => {
      const fields = Object.entries(raw).map(([name, value]): Field => [name, String(value)])
      const status = Number(fields.find(([name]) => name === ':status')?.[1])
      heads.push({ status, headers: fields.filter(([name]) => name !== ':status') })
    }
    let received = ''
    stream.setEncoding('latin1')
    stream.on('headers', note)
    stream.on('response', note)
    stream.on('data', (chunk: string) => {
      received += chunk
    })
    // HeadersSwap exchanges them for ours.
    stream.on('wantTrailers', () => stream.sendTrailers({ a: '1' }))
    // The code says it all.
    stream.on('error', () => undefined)
    stream.on('close', () => {
      const answers = heads.map(head => ({ ...head, body: head.status < 200 ? '' : received }))
      resolve({ answers, end: ERROR_CODES[stream.rstCode ?? 0] ?? String(stream.rstCode) })
    })
    stream.setTimeout(PATIENCE_MS, () => {
      reject(new Error('The server neither answered nor reset the stream.'))
      session.destroy()
    })
    if (!endStream) stream.end(body)
  })
}

class HeadersSwap extends Duplex {
  readonly #socket: Socket
  readonly #messages: readonly Http2Message[]
  readonly #streams: number[] = []
  #pending: Buffer = Buffer.alloc(0)
  #prefaceSent = false

  constructor(socket: Socket, messages: readonly Http2Message[]) {
    super()
    this.#socket = socket
    this.#messages = messages
    socket.on('data', chunk => this.push(chunk))
    socket.on('end', () => this.push(null))
    socket.on('error', () => this.push(null))
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#pending = Buffer.concat([this.#pending, chunk])
    if (!this.#prefaceSent && this.#pending.length >= PREFACE_BYTES) {
      this.#socket.write(this.#take(PREFACE_BYTES))
      this.#prefaceSent = true
    }
    while (this.#prefaceSent && this.#pending.length >= FRAME_HEADER_BYTES) {
      const length = this.#pending.readUIntBE(0, 3)
      if (this.#pending.length < FRAME_HEADER_BYTES + length) break
      const frame = this.#take(FRAME_HEADER_BYTES + length)
      this.#socket.write(frame[3] === HEADERS_FRAME ? this.#swap(frame) : frame)
    }
    done()
  }

  override _final(done: () => void): void {
    this.#socket.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }

  #take(length: number): Buffer {
    const taken = this.#pending.subarray(0, length)
    this.#pending = this.#pending.subarray(length)
    return taken
  }

  #swap(frame: Buffer): Buffer {
    const stream = frame.readUInt32BE(5)
    const known = this.#streams.indexOf(stream)
    if (known === -1) this.#streams.push(stream)
    const message = this.#messages[known === -1 ? this.#streams.length - 1 : known]!
    const block = encodeFields(known === -1 ? message.fields : (message.trailers ?? []))
    const header = Buffer.from(frame.subarray(0, FRAME_HEADER_BYTES))
    header.writeUIntBE(block.length, 0, 3)
    header[4] = (frame[4]! & END_STREAM) | END_HEADERS
    return Buffer.concat([header, block])
  }
}

// HPACK (RFC 7541 §6.2.2): every field literal, not indexed, not Huffman-coded.
function encodeFields(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0]), ...encodeText(name), ...encodeText(value)]),
  )
}

function encodeText(text: string): Buffer[] {
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.length < 127) return [Buffer.from([bytes.length]), bytes]
  const prefix = [127]
  let rest = bytes.length - 127
  for (; rest >= 128; rest >>= 7) prefix.push((rest & 127) | 128)
  return [Buffer.from([...prefix, rest]), bytes]
}
