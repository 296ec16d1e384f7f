/** Why a body is no acceptable JSON text. */
export type StrictJsonReason =
  | 'not_utf8'
  | 'syntax'
  | 'duplicate_key'
  | 'forbidden_key'
  | 'too_deep'
  | 'number_out_of_range'
  | 'text_not_well_formed'

/** A body that is not JSON as this API reads it; `pointer` (RFC 6901) says where, as far as that can be said. */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError' as const
  readonly reason: StrictJsonReason
  readonly pointer: string

  constructor(reason: StrictJsonReason, pointer: string, message: string) {
    super(message)
    this.reason = reason
    this.pointer = pointer
  }
}

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
/** Has no prototype, so that no name in a document can reach one. */
export interface JsonObject {
  readonly [name: string]: JsonValue
}

/** Nesting of the deepest document that this API has a use for is 5. */
const MAX_DEPTH = 16
const WHITE_SPACE = /[ \t\n\r]*/y
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const LITERAL = /true|false|null/y

/**
 * Reads a JSON text (RFC 8259) the strict way: what two JSON readers could read differently is refused, so that what
 * was signed, what was checked and what is stored are one thing. Refused are bytes that are not UTF-8, a byte order
 * mark, a name that comes twice in one object, `__proto__`, lone surrogates, numbers that a double cannot hold and
 * nesting deeper than 16.
 *
 * @throws StrictJsonError
 */
export function parseStrictJson(body: Uint8Array): JsonValue {
  const text = decode(body)
  const state = { text, at: 0 }
  const value = readValue(state, '', 0)
  skip(state, WHITE_SPACE)
  if (state.at < text.length) throw syntax(state, '', 'there is text after the end of the document')
  return value
}

interface Reader {
  readonly text: string
  at: number
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    throw new StrictJsonError('not_utf8', '', 'The body is not UTF-8. Send JSON in UTF-8 (RFC 8259 §8.1).')
  }
}

function readValue(reader: Reader, pointer: string, depth: number): JsonValue {
  if (depth > MAX_DEPTH)
    throw new StrictJsonError('too_deep', pointer, `The body is nested deeper than ${MAX_DEPTH} levels.`)
  skip(reader, WHITE_SPACE)
  switch (reader.text[reader.at]) {
    case '{':
      return readObject(reader, pointer, depth)
    case '[':
      return readArray(reader, pointer, depth)
    case '"':
      return readString(reader, pointer)
    case undefined:
      throw syntax(reader, pointer, 'the document ends too early')
    default:
      return readScalar(reader, pointer)
  }
}

function readObject(reader: Reader, pointer: string, depth: number): JsonObject {
  const object: Record<string, JsonValue> = Object.create(null)
  reader.at++
  if (takes(reader, '}')) return object
  do {
    skip(reader, WHITE_SPACE)
    if (reader.text[reader.at] !== '"') throw syntax(reader, pointer, 'a name in double quotes is expected')
    const name = readString(reader, pointer)
    const at = `${pointer}/${escapePointer(name)}`
    if (name === '__proto__')
      throw new StrictJsonError('forbidden_key', at, 'The name "__proto__" is not accepted in a document.')
    if (name in object)
      throw new StrictJsonError('duplicate_key', at, 'This name comes twice in one object. Send it once.')
    if (!takes(reader, ':')) throw syntax(reader, at, 'a ":" is expected')
    object[name] = readValue(reader, at, depth + 1)
  } while (takes(reader, ','))
  if (!takes(reader, '}')) throw syntax(reader, pointer, 'a "," or "}" is expected')
  return object
}

function readArray(reader: Reader, pointer: string, depth: number): JsonValue[] {
  const array: JsonValue[] = []
  reader.at++
  if (takes(reader, ']')) return array
  do {
    array.push(readValue(reader, `${pointer}/${array.length}`, depth + 1))
  } while (takes(reader, ','))
  if (!takes(reader, ']')) throw syntax(reader, pointer, 'a "," or "]" is expected')
  return array
}

function readString(reader: Reader, pointer: string): string {
  const token = match(reader, STRING)
  if (token === undefined)
    throw syntax(reader, pointer, 'a string is not closed, or holds a bad escape or a control character')
  const value: string = token.includes('\\') ? JSON.parse(token) : token.slice(1, -1)
  if (/\p{Surrogate}/u.test(value))
    throw new StrictJsonError('text_not_well_formed', pointer, 'A string holds half a surrogate pair.')
  return value
}

function readScalar(reader: Reader, pointer: string): JsonValue {
  const token = match(reader, LITERAL) ?? match(reader, NUMBER)
  if (token === undefined) throw syntax(reader, pointer, 'a JSON value is expected')
  const value: JsonValue = JSON.parse(token)
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new StrictJsonError('number_out_of_range', pointer, 'This number is too large.')
  return value
}

/** Takes one structural character after white space, if it is the next. */
function takes(reader: Reader, char: string): boolean {
  skip(reader, WHITE_SPACE)
  if (reader.text[reader.at] !== char) return false
  reader.at++
  return true
}

function skip(reader: Reader, pattern: RegExp): void {
  match(reader, pattern)
}

function match(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at
  const token = pattern.exec(reader.text)?.[0]
  if (token !== undefined) reader.at += token.length
  return token
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

function syntax(reader: Reader, pointer: string, what: string): StrictJsonError {
  return new StrictJsonError(
    'syntax',
    pointer,
    `The body is not JSON: at character ${reader.at + 1}, ${what}.`,
  )
}
