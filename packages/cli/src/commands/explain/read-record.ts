import type { RecordedRequest } from '@countersign/protocol/diagnosis'
import { createInputError } from '../../push/input-error.js'
import type { Answer } from './explanation.js'
import { readAnswer } from './read-json.js'
import { readTrace } from './read-trace.js'
import { settleBody } from './settle-body.js'

/** A recorded request and what stood beside it. */
export interface Recorded {
  readonly request: RecordedRequest
  readonly answer: Answer | undefined
  readonly notes: readonly string[]
}

const REQUEST_LINE = /^([A-Za-z]+) (\S+)(?: HTTP\/[0-9.]+)?$/
const CURL_REQUEST_LINE = /^> [A-Za-z]+ \S+ HTTP\//

/**
 * Reads a request as it was recorded: raw HTTP, `curl -v`, `curl --trace-ascii` or `curl --trace`. Of several requests
 * the last one counts.
 *
 * @param body of `--body`, in place of what the record holds
 * @throws CliError `explain_input_invalid`, `body_incomplete` (exit 6)
 */
export function readRecord(bytes: Buffer, source: string, body: Uint8Array | undefined): Recorded {
  const text = bytes.toString('latin1')
  if (/^(?:\S+ )?=> Send header, /m.test(text)) {
    const { head, body: traced, bodyIsCertain, received } = readTrace(text)
    const recorded = readRequest(head, body ?? traced, { answer: findAnswer(received) })
    return settleBody(recorded, body !== undefined || bodyIsCertain)
  }
  const lines = text.split('\n').map(line => line.replace(/\r$/, ''))
  const start = lines.findLastIndex(line => CURL_REQUEST_LINE.test(line))
  if (start !== -1) {
    const rest = lines.slice(start)
    const head = rest.filter(line => line.startsWith('> ')).map(line => line.slice(2))
    const answer = findAnswer(Buffer.from(rest.join('\n'), 'latin1').toString('utf8'))
    return settleBody(readRequest(head, body, { answer }), true)
  }
  if (REQUEST_LINE.test(lines[0] ?? '')) return readRaw(bytes, body)
  throw createInputError(
    'explain_input_invalid',
    `${source} is no recorded request, no answer of the platform, and not both sides as JSON.`,
    'record one: curl -v … 2> FILE, or curl --trace FILE …; partner-cli explain --help shows what it takes',
  )
}

function readRaw(bytes: Buffer, given: Uint8Array | undefined): Recorded {
  const end = /\r?\n\r?\n/.exec(bytes.toString('latin1'))
  const head = bytes.subarray(0, end?.index ?? bytes.length).toString('latin1')
  const rest = end === null ? Buffer.alloc(0) : bytes.subarray(end.index + end[0].length)
  return readRequest(head.split(/\r?\n/), given, { answer: undefined, rest })
}

interface Beside {
  readonly answer: Answer | undefined
  /** All that follows the head of a raw request. */
  readonly rest?: Buffer
}

function readRequest(
  head: readonly string[],
  given: Uint8Array | undefined,
  { answer, rest }: Beside,
): Recorded {
  const [line = '', ...fields] = head
  const [, method = '', target = ''] = REQUEST_LINE.exec(line) ?? []
  const headers = fields
    .filter(field => field.includes(':'))
    .map(field => {
      const colon = field.indexOf(':')
      return [field.slice(0, colon).trim(), field.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')] as const
    })
  const mark = target.indexOf('?')
  const [path, query] = mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)]
  const found = given === undefined ? cutBody(headers, rest) : { body: given, notes: [] }
  return {
    request: { method, path, query, headers, body: found.body },
    answer,
    notes: found.notes,
  }
}

function cutBody(
  headers: readonly (readonly [string, string])[],
  rest: Buffer | undefined,
): { readonly body: Uint8Array | undefined; readonly notes: readonly string[] } {
  const get = (name: string): string | undefined =>
    headers.find(([other]) => other.toLowerCase() === name)?.[1]
  const length = Number(get('content-length') ?? Number.NaN)
  if (get('transfer-encoding') !== undefined)
    return {
      body: undefined,
      notes: ['The body was sent in chunks and is not read from the record: give it with --body FILE.'],
    }
  if (Number.isNaN(length) || length === 0)
    return {
      body: rest === undefined || Number.isNaN(length) ? (rest ?? new Uint8Array()) : new Uint8Array(),
      notes: [],
    }
  if (rest === undefined || rest.length === 0) return { body: undefined, notes: [] }
  if (rest.length < length)
    throw createInputError(
      'body_incomplete',
      `The record holds ${rest.length} of the ${length} bytes of the body that Content-Length announces.`,
      'give the body with --body FILE',
    )
  const more = rest.length - length
  const notes =
    more === 0
      ? []
      : [`The record goes on for ${more} more bytes than Content-Length says; they are left out.`]
  return { body: rest.subarray(0, length), notes }
}

/** The problem that a platform answered, wherever it stands between the lines of curl. */
function findAnswer(text: string): Answer | undefined {
  for (const line of text.split('\n').reverse()) {
    const start = line.indexOf('{"')
    if (start === -1) continue
    try {
      const answer = readAnswer(JSON.parse(line.slice(start, line.lastIndexOf('}') + 1)))
      if (answer !== undefined) return answer
    } catch {
      // Not an answer, but a line that looked like one.
    }
  }
  return undefined
}
