const SECRET =
  'take the secret as it was issued, once more: partner-cli auth import FILE keeps it apart from shells and line ends; then let your program read PARTNER_SECRET_FILE and strip nothing but one line end'
const STEPS = 'compare your program with partner-cli sign METHOD URL -d @FILE, which shows each step'
const BODY = 'read or serialise the body once into bytes, hash those bytes, send those bytes; then sign again'
const PATH =
  'send and sign one and the same path, of plain characters only; partner-cli sign METHOD URL shows it'
const PROXY =
  'have the proxy or gateway pass Host, path and body on unchanged, or sign for what arrives behind it'
const PROFILE = 'choose the credential with --profile, or sign with the values that came with this one'

const NEXT: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:other_secret|secret_or_label)$/,
    'import the credential again (partner-cli auth import FILE) and give the same one to your program; partner-cli doctor shows whether the platform takes it',
  ],
  [/^secret_/, SECRET],
  [/^(?:key_id_differs|scope_(?:environment|api))$/, PROFILE],
  [
    /^key_(?:scope|date)$/,
    'derive the key from the very scope that stands in Authorization, anew for each day',
  ],
  [
    /^(?:key_|hash_case|canonical_request_not_hashed|string_to_sign_form|literal_|query_line|blank_line|carriage|trailing_newline|algorithm_label|scope_)/,
    STEPS,
  ],
  [
    /^(?:timestamp|date|scope_date)/,
    'take the time once, in UTC, and use it for the date header, the scope and the string to sign',
  ],
  [
    /^labels_mixed$/,
    'use one row of labels throughout: partner-cli sign METHOD URL --scheme partner (or aws) shows it',
  ],
  [
    /^(?:body_not_signed)$/,
    'hash the body that is sent; with curl: --data-binary @FILE in place of -T or -F',
  ],
  [/^body_not_recorded$/, 'give the body with --body FILE, or record with curl --trace FILE'],
  [/^(?:body_|payload_|unsigned_payload)/, BODY],
  [/^(?:host_rewritten|path_prefix|path_normalized)$/, PROXY],
  [/^(?:path_|target_|method_case)/, PATH],
  [
    /^query_/,
    'write the query sorted and encoded as %XX, sign that text and send that text; partner-cli sign METHOD URL shows it',
  ],
  [/^host_/, 'sign the Host header exactly as it is sent, port included; curl 7.86 or newer does'],
  [/^(?:method_changed|credentials_missing)$/, 'sign and send to the final URL, and do not follow redirects'],
  [/^method_override$/, 'send the real method'],
  [
    /^(?:header_|content_type|signed_headers|duplicate_header)/,
    'sign the headers as they are sent, after your HTTP client has set them, and list exactly those in SignedHeaders',
  ],
  [/^(?:authorization_malformed|signature_)(?!right)/, STEPS],
  [/^clock_skew$/, 'set the clock of this machine (NTP); partner-cli doctor shows by how much it is off'],
  [/^request_replayed$/, 'sign again for every attempt, with a nonce'],
  [/^accepted$/, 'nothing: your own client should sign as partner-cli sign METHOD URL shows'],
  [
    /^signature_right$/,
    'look at the code of the answer; a sandbox says more to a request with the header "Countersign-Explain: 1"',
  ],
  [
    /^not_explained$/,
    'check the key id (partner-cli doctor), and ask a sandbox, with the header "Countersign-Explain: 1"; live never explains',
  ],
  [
    /^(?:not_a_canonical_request|identical)$/,
    'give both sides with canonicalRequest and stringToSign as they were signed',
  ],
]

/** What to do about a cause, in one line. */
export function findNextStep(code: string): string {
  return NEXT.find(([pattern]) => pattern.test(code))?.[1] ?? 'spec/errors.md says what each code asks for'
}
