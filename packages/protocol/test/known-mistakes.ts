import { createHash } from 'node:crypto'
import type { DiagnosisCode } from '../src/diagnosis/cause.js'
import { BODY, CREDENTIAL, DATE, HOST, type SignerMistakes, TARGET } from './mistaken-signer.js'

const { secret, keyId } = CREDENTIAL
const replace =
  (from: string | RegExp, to: string) =>
  (text: string): string => {
    const changed = text.replace(from, to)
    if (changed === text) throw new Error(`nothing to change: ${from} in ${text}`)
    return changed
  }
const compact = JSON.stringify(JSON.parse(BODY))
const query = `${TARGET}?limit=5&q=a%20b%2Fc`

/** Mistakes that are found by making the signature again. */
export const SIGNING_MISTAKES: readonly (readonly [DiagnosisCode, string, SignerMistakes])[] = [
  ['secret_white_space', 'a newline', { secret: `${secret}\n` }],
  ['secret_white_space', 'CR LF', { secret: `${secret}\r\n` }],
  ['secret_white_space', 'CR', { secret: `${secret}\r` }],
  ['secret_white_space', 'a space', { secret: `${secret} ` }],
  ['secret_white_space', 'a space before', { secret: ` ${secret}` }],
  ['secret_white_space', 'a byte order mark', { secret: `\ufeff${secret}` }],
  ['secret_quoted', 'double', { secret: `"${secret}"` }],
  ['secret_quoted', 'single', { secret: `'${secret}'` }],
  ['secret_empty', 'empty', { secret: '' }],
  ['secret_is_key_id', 'key id', { secret: keyId }],
  ['secret_decoded', 'base64', { secret: Buffer.from(secret, 'base64') }],
  ['secret_decoded', 'hex', { secret: Buffer.from(secret, 'hex') }],
  ['secret_encoded', 'base64', { secret: Buffer.from(secret).toString('base64') }],
  ['secret_encoded', 'base64 with newline', { secret: `${Buffer.from(secret).toString('base64')}\n` }],
  ['secret_encoded', 'hex', { secret: Buffer.from(secret).toString('hex') }],
  ['secret_encoded', 'upper case', { secret: secret.toUpperCase() }],
  ['key_label', 'prefix of AWS', { prefix: 'AWS4' }],
  ['key_label', 'no prefix', { prefix: '' }],
  ['key_label', 'terminator of AWS', { keyParts: ['20261121', 'live', 'orders', 'aws4_request'] }],
  ['key_label', 'PARTNER in the AWS row', { label: 'aws', headerLabel: 'amz', prefix: 'PARTNER4' }],
  ['key_scope', 'environment', { keyParts: ['20261121', 'sandbox', 'orders', 'partner4_request'] }],
  ['key_date', 'day before', { keyParts: ['20261120', 'live', 'orders', 'partner4_request'] }],
  ['key_date', 'day after', { keyParts: ['20261122', 'live', 'orders', 'partner4_request'] }],
  ['key_order', 'swapped', { keyParts: ['20261121', 'orders', 'live', 'partner4_request'] }],
  ['key_hex', 'hex', { hexChain: true }],
  ['key_not_derived', 'with prefix', { underived: true }],
  ['key_not_derived', 'without prefix', { underived: true, prefix: '' }],
  ['algorithm_label', 'AWS', { editString: replace('PARTNER4-HMAC', 'AWS4-HMAC') }],
  ['timestamp_differs', 'a second later', { editString: replace(DATE, '20261121T233041Z') }],
  ['timestamp_differs', 'ISO', { editString: replace(DATE, '2026-11-21T23:30:40Z') }],
  ['timestamp_differs', 'epoch', { editString: replace(DATE, '1795303840') }],
  ['scope_differs', 'with key id', { editString: replace('20261121/', `${keyId}/20261121/`) }],
  ['scope_differs', 'without terminator', { editString: replace('/partner4_request', '') }],
  ['scope_differs', 'environment', { editString: replace('/live/', '/sandbox/') }],
  [
    'hash_case',
    'upper',
    {
      editString:
        replace(/[0-9a-f]{64}$/, '') && (text => text.slice(0, -64) + text.slice(-64).toUpperCase()),
    },
  ],
  [
    'canonical_request_not_hashed',
    'itself',
    { editString: (text, canonical) => text.slice(0, -64) + canonical },
  ],
  ['string_to_sign_form', 'newline at end', { editString: text => `${text}\n` }],
  ['string_to_sign_form', 'CR LF', { editString: replace(/\n/g, '\r\n') }],
  ['string_to_sign_form', 'backslash n', { editString: replace(/\n/g, '\\n') }],
  ['path_reencoded', '- encoded', { editRequest: replace(TARGET, '/v1/orders/A%2D1001/statuses') }],
  ['path_reencoded', '/ encoded', { editRequest: replace(TARGET, '%2Fv1%2Forders%2FA-1001%2Fstatuses') }],
  ['path_absolute', 'URL', { editRequest: replace(TARGET, `https://${HOST}${TARGET}`) }],
  ['path_with_query', 'query in path', { target: query, editRequest: replace(`${TARGET}\n`, `${query}\n`) }],
  [
    'path_with_query',
    'in place of the query',
    { target: query, editRequest: text => text.replace(`${TARGET}\nlimit=5&q=a%20b%2Fc`, `${query}\n`) },
  ],
  ['path_trailing_slash', 'slash', { editRequest: replace(TARGET, `${TARGET}/`) }],
  ['path_prefix', 'gateway adds', { editRequest: replace('/v1', '') }],
  ['path_prefix', 'gateway removes', { editRequest: replace('/v1', '/api/v1') }],
  ['path_case', 'lower', { editRequest: replace('A-1001', 'a-1001') }],
  ['path_normalized', 'double slash', { editRequest: replace('/v1', '//v1') }],
  ['query_dropped', 'dropped', { target: query, editRequest: replace('limit=5&q=a%20b%2Fc', '') }],
  [
    'query_order',
    'reversed',
    { target: query, editRequest: replace('limit=5&q=a%20b%2Fc', 'q=a%20b%2Fc&limit=5') },
  ],
  ['query_plus_as_space', 'plus', { target: query, editRequest: replace('a%20b', 'a+b') }],
  ['query_reencoded', 'lower hex', { target: query, editRequest: replace('%2F', '%2f') }],
  ['query_reencoded', 'decoded slash', { target: query, editRequest: replace('%2F', '/') }],
  ['query_line_missing', 'no line', { editRequest: replace(`${TARGET}\n\n`, `${TARGET}\n`) }],
  ['blank_line_missing', 'no line', { editRequest: replace('\n\ncontent-type;', '\ncontent-type;') }],
  ['host_port', 'signed without port', { host: `${HOST}:8443`, editRequest: replace(`${HOST}:8443`, HOST) }],
  [
    'host_rewritten',
    'forwarded',
    {
      host: 'backend.internal',
      headers: [['X-Forwarded-Host', HOST]],
      unsigned: ['x-forwarded-host'],
      editRequest: replace('backend.internal', HOST),
    },
  ],
  ['date_differs', 'a second', { editRequest: replace(DATE, '20261121T233039Z') }],
  [
    'content_type_charset',
    'charset',
    { editRequest: replace('application/json', 'application/json; charset=utf-8') },
  ],
  [
    'header_differs',
    'form',
    { editRequest: replace('application/json', 'application/x-www-form-urlencoded') },
  ],
  ['header_white_space', 'colon space', { editRequest: replace(/^([a-z-]+):/gm, '$1: ') }],
  [
    'header_white_space',
    'runs',
    { headers: [['X-Partner-Note', 'a  b']], editRequest: replace('note:a b', 'note:a  b') },
  ],
  [
    'header_name_case',
    'as sent',
    {
      editRequest:
        replace('\nhost:', '\nHost:') &&
        (text =>
          text
            .replace(/^[a-z-]+(?=:)/gm, name => name.replace(/(?:^|-)[a-z]/g, start => start.toUpperCase()))
            .replace(/X-Partner/g, 'X-partner')),
    },
  ],
  ['header_missing', 'line left out', { editRequest: replace('content-type:application/json\n', '') }],
  [
    'signed_headers_differ',
    'content-type',
    { editRequest: replace(/content-type:application\/json\n([\s\S]*)content-type;/, '$1') },
  ],
  ['method_case', 'lower', { editRequest: replace('POST', 'post') }],
  ['method_changed', 'GET', { editRequest: replace('POST', 'GET') }],
  ['carriage_returns', 'CR LF', { editRequest: replace(/\n/g, '\r\n') }],
  ['trailing_newline', 'newline', { editRequest: text => `${text}\n` }],
  ['literal_backslash_n', 'PHP', { editRequest: replace(/\n/g, '\\n') }],
  ['body_not_signed', 'empty', { signedBody: '' }],
  ['body_not_signed', 'empty, with hash header', { signedBody: '', sendsHash: true }],
  ['body_trailing_newline', 'sent', { body: `${BODY}\n`, signedBody: BODY }],
  ['body_trailing_newline', 'sent CR LF', { body: `${BODY}\r\n`, signedBody: BODY }],
  ['body_trailing_newline', 'signed', { signedBody: `${BODY}\n` }],
  ['body_byte_order_mark', 'signed', { signedBody: `\ufeff${BODY}` }],
  ['body_byte_order_mark', 'sent', { body: `\ufeff${BODY}`, signedBody: BODY }],
  ['body_line_ends', 'CR LF', { body: '{\n"a":1,\n"b":2}', signedBody: '{\r\n"a":1,\r\n"b":2}' }],
  ['body_line_ends', 'none', { body: '{\n"a":1,\n"b":2}', signedBody: '{"a":1,"b":2}x'.slice(0, -1) }],
  ['body_charset', 'latin1', { signedBody: Buffer.from(BODY, 'latin1') }],
  [
    'body_reserialized',
    'Python',
    {
      signedBody:
        '{"status": "shipped", "note": "Gr\\u00fc\\u00dfe/2", "occurredAt": "2026-11-21T23:30:00Z"}',
    },
  ],
  ['body_reserialized', 'PHP', { signedBody: compact.replace('/', '\\/') }],
  ['body_reserialized', 'indented', { signedBody: JSON.stringify(JSON.parse(BODY), null, 2) }],
  [
    'body_reserialized',
    'sorted',
    { signedBody: '{"note":"Gr\u00fc\u00dfe/2","occurredAt":"2026-11-21T23:30:00Z","status":"shipped"}' },
  ],
  ['body_changed', 'another, with hash header', { signedBody: '{}', sendsHash: true }],
  ['payload_hash_case', 'upper', { editRequest: text => text.slice(0, -64) + text.slice(-64).toUpperCase() }],
  ['unsigned_payload', 'word', { editRequest: text => `${text.slice(0, -64)}UNSIGNED-PAYLOAD` }],
  ['other_secret', 'another', { secret: 'something else' }],
  ['other_secret', 'another body without a hash header', { signedBody: '{}' }],
]

/** Mistakes for which a request is refused before its signature is looked at. */
export const FORM_MISTAKES: readonly (readonly [DiagnosisCode, string, SignerMistakes])[] = [
  ['credentials_missing', 'no header', { editAuthorization: () => '' }],
  ['authorization_malformed', 'order', { editAuthorization: replace('SignedHeaders=', 'Signed=') }],
  ['authorization_malformed', 'algorithm', { label: 'acme' }],
  ['signature_case', 'upper', { editSignature: hex => hex.toUpperCase() }],
  ['signature_base64', 'base64', { editSignature: hex => Buffer.from(hex, 'hex').toString('base64') }],
  ['key_id_differs', 'other key', { keyId: 'demo_other_key' }],
  ['labels_mixed', 'x-partner-date with AWS4', { label: 'aws', headerLabel: 'partner' }],
  ['timestamp_invalid', 'February 30', { date: '20260230T100000Z' }],
  ['scope_date', 'other day', { scopeDate: '20261122' }],
  ['scope_environment', 'sandbox', { environment: 'sandbox' }],
  ['scope_api', 'webhooks', { api: 'webhooks' }],
  ['scope_terminator', 'aws', { terminator: 'aws4_request' }],
  ['host_missing', 'none', { omitHost: true }],
  ['header_not_signed', 'nonce', { unsigned: ['x-partner-nonce'] }],
  [
    'header_not_signed',
    'idempotency key',
    { headers: [['Idempotency-Key', 'a']], unsigned: ['idempotency-key'] },
  ],
  ['header_missing', 'absent', { absent: 'x-partner-gone' }],
  ['header_invalid', 'tab', { headers: [['X-Partner-Note', 'a\tb']] }],
  ['duplicate_header', 'content-type', { headers: [['Content-Type', 'text/plain']] }],
  ['method_override', 'header', { headers: [['X-HTTP-Method-Override', 'PUT']] }],
  ['target_not_canonical', 'escape', { target: '/v1/orders/A%201/statuses' }],
  ['query_not_canonical', 'plus', { target: `${TARGET}?q=a+b` }],
  ['unsigned_payload', 'header', { headers: [['X-Partner-Content-Sha256', 'UNSIGNED-PAYLOAD']] }],
  [
    'payload_hash_mismatch',
    'header of another body',
    { headers: [['X-Partner-Content-Sha256', createHash('sha256').update('x').digest('hex')]] },
  ],
]

/** Two mistakes in one request. */
export const DOUBLE_MISTAKES: readonly (readonly [readonly DiagnosisCode[], SignerMistakes])[] = [
  [
    ['secret_white_space', 'body_trailing_newline'],
    { secret: `${secret}\n`, body: `${BODY}\n`, signedBody: BODY },
  ],
  [['secret_white_space', 'key_label'], { secret: `${secret}\n`, prefix: 'AWS4' }],
  [
    ['path_trailing_slash', 'body_not_signed'],
    { signedBody: '', editRequest: replace(TARGET, `${TARGET}/`) },
  ],
  [['key_label', 'algorithm_label'], { prefix: 'AWS4', editString: replace('PARTNER4-HMAC', 'AWS4-HMAC') }],
  [
    ['method_case', 'timestamp_differs'],
    { editRequest: replace('POST', 'post'), editString: replace(DATE, '20261121T233041Z') },
  ],
]
