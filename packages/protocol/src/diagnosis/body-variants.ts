import { cause, type DiagnosisCause } from './cause.js'

/** A body that may have been signed in place of the one that arrived, and the mistake that makes it so. */
export interface BodyVariant {
  readonly cause: DiagnosisCause
  readonly body: Uint8Array
}

const utf8 = new TextEncoder()

/** What the usual mistakes make of a body, read backwards: from the one that arrived to the one that was signed. */
export function listBodyVariants(arrived: Uint8Array): readonly BodyVariant[] {
  const variants = listTrailingNewlines(arrived)
  const text = decodeUtf8(arrived)
  if (text === undefined) return variants
  const add = (reason: DiagnosisCause, body: string | Uint8Array): void => {
    if (body !== text)
      variants.push({ cause: reason, body: typeof body === 'string' ? utf8.encode(body) : body })
  }
  add(BYTE_ORDER_MARK, text.startsWith('\ufeff') ? text.slice(1) : `\ufeff${text}`)
  const lineFeeds = text.replaceAll('\r\n', '\n')
  add(LINE_ENDS, lineFeeds)
  add(LINE_ENDS, lineFeeds.replaceAll('\n', '\r\n'))
  add(LINE_ENDS, lineFeeds.replaceAll('\n', ''))
  if (/[^\0-\x7f]/.test(text)) add(CHARSET, toLatin1(text))
  for (const spelling of listSpellings(text)) add(RESERIALIZED, spelling)
  return variants
}

function listTrailingNewlines(arrived: Uint8Array): BodyVariant[] {
  const variants: BodyVariant[] = []
  const crlf = arrived.at(-2) === 0x0d ? 2 : 1
  for (let extra = 1; arrived.at(-1) === 0x0a && extra <= crlf; extra++) {
    const bytes = `${extra} byte${extra > 1 ? 's' : ''}`
    variants.push({
      cause: cause(
        'body_trailing_newline',
        `Body changed after signing: ${bytes} longer, ends in newline. Sign the file as it is sent (--data-binary, not -d or $(cat file)).`,
      ),
      body: arrived.subarray(0, -extra),
    })
  }
  for (const newline of ['\n', '\r\n'])
    variants.push({ cause: NEWLINE_SIGNED, body: append(arrived, newline) })
  return variants
}

const NEWLINE_SIGNED = cause(
  'body_trailing_newline',
  'Body changed after signing: the newline at its end was signed but not sent. curl -d strips newlines: use --data-binary.',
)
const BYTE_ORDER_MARK = cause(
  'body_byte_order_mark',
  'One side has a byte order mark (EF BB BF) at the start of the body. Save the file without it.',
)
const LINE_ENDS = cause(
  'body_line_ends',
  'The line ends of the body changed after signing (CRLF, LF or none). Send the file in binary form.',
)
const CHARSET = cause(
  'body_charset',
  'The body was signed in another character encoding (ISO-8859-1) than it was sent in (UTF-8).',
)
const RESERIALIZED = cause(
  'body_reserialized',
  'The JSON was written anew after signing (spaces, escapes or key order differ). Serialise once; sign and send the same bytes.',
)

/** The same JSON as other languages write it: JavaScript, Python, PHP, with indentation, with sorted keys. */
function listSpellings(text: string): readonly string[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  const compact = [JSON.stringify(value), JSON.stringify(sortKeys(value))]
  const python = compact.map((_, index) => spaceLikePython(index === 0 ? value : sortKeys(value)))
  const php = compact.map(json => json.replaceAll('/', '\\/'))
  const plain = [
    ...compact,
    ...python,
    ...php,
    JSON.stringify(value, null, 2),
    JSON.stringify(value, null, 4),
  ]
  return [...new Set([...plain, ...plain.map(escapeNonAscii)])]
}

function spaceLikePython(value: unknown): string {
  return JSON.stringify(value, null, 1)
    .replace(/\n */g, ' ')
    .replace(/([[{]) /g, '$1')
    .replace(/ ([\]}])/g, '$1')
}

function escapeNonAscii(json: string): string {
  return json.replace(/[^\0-\x7f]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  )
}

function append(body: Uint8Array, text: string): Uint8Array {
  const joined = new Uint8Array(body.length + text.length)
  joined.set(body)
  joined.set(utf8.encode(text), body.length)
  return joined
}

function toLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, char => char.charCodeAt(0) & 0xff)
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
