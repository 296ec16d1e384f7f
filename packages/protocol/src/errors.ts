/** Every code a {@link ProtocolError} can carry. `spec/errors.md` says what each asks the reader to do. */
export type ProtocolErrorCode =
  | 'authorization_malformed'
  | 'signed_headers_invalid'
  | 'credential_scope_invalid'
  | 'key_id_invalid'
  | 'timestamp_invalid'
  | 'target_not_canonical'
  | 'query_not_canonical'
  | 'header_invalid'
  | 'method_invalid'
  | 'payload_hash_invalid'
  | 'scheme_invalid'
  | 'signature_input_invalid'
  | 'component_not_covered'
  | 'content_digest_invalid'

/**
 * A value that does not have the form the wire format asks for.
 *
 * Match on `code`, not on the message or the class: two copies of this package may be loaded.
 * No secret and no signature ever stands in `message`.
 *
 * @example
 * ```ts
 * import { parseTimestamp, ProtocolError } from '@countersign/protocol'
 *
 * try {
 *   parseTimestamp('20260230T120000Z')
 * } catch (error) {
 *   if (error instanceof ProtocolError) console.log(error.code, error.part) // timestamp_invalid day
 * }
 * ```
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError' as const
  readonly code: ProtocolErrorCode
  /** Which part of the value is wrong, in the words of `spec/partner-signing.md` (`keyId`, `path`, `Signature` …). */
  readonly part: string

  constructor(code: ProtocolErrorCode, part: string, message: string) {
    super(message)
    this.code = code
    this.part = part
  }
}

const SHOWN_LENGTH = 40
/** Twenty characters and more of the alphabets that keys and tokens are written in. */
const LONG_WORD = /[A-Za-z0-9+_]{20,}/g

/**
 * A fragment of hostile text made safe for one line of an error: shortened, everything but printable ASCII escaped. One
 * that may be a secret in the wrong place is not shown, only its length.
 */
export function quoteFragment(text: string): string {
  if (mayBeSecret(text)) return `"… ${text.length} characters …"`
  const shown = text
    .slice(0, SHOWN_LENGTH)
    .replace(/[^\x20-\x7e]|["\\]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return text.length > SHOWN_LENGTH ? `"${shown}…"` : `"${shown}"`
}

// Names are words of one case between hyphens. Digits among letters, or both cases, in one long run: no name.
function mayBeSecret(text: string): boolean {
  for (const [word] of text.matchAll(LONG_WORD)) {
    if (/[A-Za-z]/.test(word) && /[0-9]/.test(word)) return true
    if (/[A-Z]/.test(word) && /[a-z]/.test(word)) return true
  }
  return false
}
