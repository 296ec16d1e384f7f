import { createPayloadHash, EMPTY_PAYLOAD_HASH } from '../payload-hash.js'
import { cause, type DiagnosisCause } from './cause.js'

const utf8 = new TextEncoder()

/**
 * Why two payload hashes differ.
 *
 * @param arrived the body that the verifier received, when it is at hand: then the usual changes are tried on it
 */
export function explainPayload(
  signer: string,
  verifier: string,
  arrived: Uint8Array | undefined,
): DiagnosisCause {
  if (signer.toLowerCase() === verifier) {
    return cause('payload_hash_case', 'The payload hash must be written in lower-case hex.')
  }
  if (signer === EMPTY_PAYLOAD_HASH) {
    return cause(
      'body_not_signed',
      'The signer signed an empty body but sent one. curl does so with -T and -F: use --data-binary @file.',
    )
  }
  if (verifier === EMPTY_PAYLOAD_HASH) {
    return cause(
      'body_lost',
      'A body was signed but none arrived. A redirect, or a client that read the body twice, loses it.',
    )
  }
  return (
    (arrived === undefined ? undefined : explainBody(signer, arrived)) ??
    cause(
      'body_changed',
      'The body changed after signing. Sign the bytes that are sent: serialise once, keep the bytes, sign and send those.',
    )
  )
}

function explainBody(signedHash: string, arrived: Uint8Array): DiagnosisCause | undefined {
  const is = (body: Uint8Array): boolean => createPayloadHash(body) === signedHash
  const last = arrived.at(-1)
  if (
    last === 0x0a &&
    (is(arrived.subarray(0, -1)) || (arrived.at(-2) === 0x0d && is(arrived.subarray(0, -2))))
  ) {
    const extra = is(arrived.subarray(0, -1)) ? 1 : 2
    return cause(
      'body_trailing_newline',
      `Body changed after signing: ${extra} byte${extra > 1 ? 's' : ''} longer, ends in newline. Sign the file as it is sent (--data-binary, not -d or $(cat file)).`,
    )
  }
  if (is(append(arrived, '\n')) || is(append(arrived, '\r\n'))) {
    return cause(
      'body_trailing_newline',
      'Body changed after signing: the newline at its end was signed but not sent. curl -d strips newlines: use --data-binary.',
    )
  }
  const text = decodeUtf8(arrived)
  if (text === undefined) return undefined
  if (text.startsWith('\ufeff') ? is(utf8.encode(text.slice(1))) : is(utf8.encode(`\ufeff${text}`))) {
    return cause(
      'body_byte_order_mark',
      'One side has a byte order mark (EF BB BF) at the start of the body. Save the file without it.',
    )
  }
  const lineFeeds = text.replaceAll('\r\n', '\n')
  if (
    is(utf8.encode(lineFeeds)) ||
    is(utf8.encode(lineFeeds.replaceAll('\n', '\r\n'))) ||
    is(utf8.encode(lineFeeds.replaceAll('\n', '')))
  ) {
    return cause(
      'body_line_ends',
      'The line ends of the body changed after signing (CRLF, LF or none). Send the file in binary form.',
    )
  }
  if (is(toLatin1(text))) {
    return cause(
      'body_charset',
      'The body was signed in another character encoding (ISO-8859-1) than it was sent in (UTF-8).',
    )
  }
  return spellings(text).some(spelling => is(utf8.encode(spelling)))
    ? cause(
        'body_reserialized',
        'The JSON was written anew after signing (spaces or key order differ). Serialise once; sign and send the same bytes.',
      )
    : undefined
}

function spellings(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text)
    const pythonStyle = JSON.stringify(value, null, 1)
      .replace(/\n */g, ' ')
      .replace(/([[{]) /g, '$1')
      .replace(/ ([\]}])/g, '$1')
    return [
      JSON.stringify(value),
      JSON.stringify(value, null, 2),
      JSON.stringify(value, null, 4),
      pythonStyle,
      JSON.stringify(sortKeys(value)),
    ]
  } catch {
    return []
  }
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
