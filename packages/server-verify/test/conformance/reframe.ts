// Ways to make a message hostile between signing and sending.
import { replaced } from './attack.js'
import type { Field, Http2Message } from './wire-message.js'

export const LENGTH_LINE: RegExp = /Content-Length: \d+\r\n/

type Reshape = (message: Http2Message) => Http2Message

/** Frames the body in chunks of these sizes, the last one taking the rest. */
export function chunked(
  sizes: readonly number[] = [],
  trailers = '',
  extension = '',
): (text: string) => string {
  return text => {
    const start = text.indexOf('\r\n\r\n') + 4
    let rest = text.slice(start)
    let body = ''
    for (const size of [...sizes, rest.length]) {
      const chunk = rest.slice(0, size)
      rest = rest.slice(size)
      if (chunk !== '') body += `${chunk.length.toString(16)}${extension}\r\n${chunk}\r\n`
    }
    return `${replaced(text.slice(0, start), LENGTH_LINE, 'Transfer-Encoding: chunked\r\n')}${body}0\r\n${trailers}\r\n`
  }
}

/** Adds fields after the others. */
export function plusFields(...added: readonly Field[]): Reshape {
  return message => ({ ...message, fields: [...message.fields, ...added] })
}

export function withoutField(name: string): Reshape {
  return message => ({ ...message, fields: message.fields.filter(field => field[0] !== name) })
}

export function setField(name: string, value: string): Reshape {
  return message => ({
    ...message,
    fields: message.fields.map(field => (field[0] === name ? [name, value] : field)),
  })
}
