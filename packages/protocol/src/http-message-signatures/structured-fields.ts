import { type InnerList, type Item, parseDictionary } from 'structured-headers'

/** One member of a dictionary: its key, and its text as it stands in the field. */
export interface DictionaryMember {
  readonly key: string
  /** Without the key and the `=`. */
  readonly text: string
  readonly value: Item | InnerList
}

/**
 * Reads a dictionary (RFC 8941 §3.2) member by member, because the parser below keeps only the last of two equal keys
 * and forgets how a value was written. Linear in the length of the value.
 *
 * @returns `undefined` when it is no dictionary
 */
export function readDictionary(field: string): readonly DictionaryMember[] | undefined {
  const members: DictionaryMember[] = []
  for (let start = 0; start <= field.length; ) {
    const end = findEnd(field, start)
    const member = end === undefined ? undefined : readMember(trimBlanks(field.slice(start, end)))
    if (end === undefined || member === undefined) return undefined
    members.push(member)
    start = end + 1
  }
  return members
}

/** A key that stands twice, if there is one. */
export function findRepeatedKey(members: readonly DictionaryMember[]): string | undefined {
  const seen = new Set<string>()
  for (const { key } of members) {
    if (seen.has(key)) return key
    seen.add(key)
  }
  return undefined
}

/** Bytes as a byte sequence (RFC 8941 §3.3.5). */
export function formatByteSequence(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return `:${btoa(binary)}:`
}

/** The bytes of a member that is a byte sequence without parameters, written in the one way that padded base64 has. */
export function readByteSequence({ text, value }: DictionaryMember): Uint8Array | undefined {
  const [bytes] = value
  if (!(bytes instanceof ArrayBuffer)) return undefined
  const view = new Uint8Array(bytes)
  return formatByteSequence(view) === text ? view : undefined
}

function readMember(text: string): DictionaryMember | undefined {
  try {
    const parsed = parseDictionary(text)
    if (parsed.size !== 1) return undefined
    for (const [key, value] of parsed) {
      return { key, text: text.slice(key.length + 1), value }
    }
  } catch {
    // The parser's message quotes what it read: that may be a signature.
  }
  return undefined
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const PERCENT = 0x25

/** Where the member that starts here ends: at the next comma that stands in no string, or at the field's end. */
function findEnd(field: string, start: number): number | undefined {
  let inString = false
  for (let at = start; at < field.length; at++) {
    const code = field.charCodeAt(at)
    if (inString) {
      if (code === BACKSLASH) at++
      else if (code === QUOTE) inString = false
    } else if (code === QUOTE) {
      // A display string of RFC 9651 escapes otherwise; signatures stand on RFC 8941, which has none.
      if (field.charCodeAt(at - 1) === PERCENT) return undefined
      inString = true
    } else if (code === COMMA) return at
  }
  return field.length
}

function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
