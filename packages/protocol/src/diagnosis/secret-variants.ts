import { cause, type DiagnosisCause } from './cause.js'
import type { Variant } from './variant.js'

const utf8 = new TextEncoder()

/** The secret as it is, then as the usual mistakes of reading and storing it make it. Its text is in no cause. */
export function listSecretVariants(secret: string, keyId: string): readonly Variant<Uint8Array>[] {
  const seen = new Set([secret])
  const variants: Variant<Uint8Array>[] = [{ value: utf8.encode(secret), causes: [] }]
  const add = (reason: DiagnosisCause, value: string): void => {
    if (seen.has(value)) return
    seen.add(value)
    variants.push({ value: utf8.encode(value), causes: [reason] })
  }
  for (const [what, value] of [
    ['a newline at its end', `${secret}\n`],
    ['a carriage return and newline at its end', `${secret}\r\n`],
    ['a carriage return at its end', `${secret}\r`],
    ['a space at its end', `${secret} `],
    ['a space before it', ` ${secret}`],
    ['a byte order mark before it', `\ufeff${secret}`],
    ['no white space around it, but has some', secret.trim()],
  ] as const) {
    add(explainWhiteSpace(what), value)
  }
  for (const quote of ['"', "'"]) add(QUOTED, `${quote}${secret}${quote}`)
  add(EMPTY, '')
  add(IS_KEY_ID, keyId)
  for (const value of [secret.toLowerCase(), secret.toUpperCase()])
    add(explainEncoded('in another case'), value)
  for (const [name, value] of listEncodings(secret)) add(explainEncoded(`encoded once more (${name})`), value)
  for (const [name, value] of listDecodings(secret)) variants.push({ value, causes: [explainDecoded(name)] })
  for (const cut of listCuts(secret)) add(CUT, cut)
  return variants
}

function listEncodings(secret: string): readonly (readonly [string, string])[] {
  const bytes = utf8.encode(secret)
  const base64 = btoa(String.fromCharCode(...bytes))
  return [
    ['base64', base64],
    ['base64', `${base64}\n`],
    ['hex', Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')],
    ['percent', encodeURIComponent(secret)],
  ]
}

function listDecodings(secret: string): readonly (readonly [string, Uint8Array])[] {
  const decodings: [string, Uint8Array][] = []
  if (/^[A-Za-z0-9+/_-]+={0,2}$/.test(secret)) {
    const standard = secret.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
    if (standard.length % 4 !== 1)
      decodings.push(['base64', Uint8Array.from(atob(standard), char => char.charCodeAt(0))])
  }
  if (/^(?:[0-9A-Fa-f]{2})+$/.test(secret))
    decodings.push(['hex', Uint8Array.from(secret.match(/../g)!, pair => Number.parseInt(pair, 16))])
  if (secret.includes('+'))
    decodings.push(['a form: "+" is a space there', utf8.encode(secret.replaceAll('+', ' '))])
  return decodings
}

/** What is left when a shell, an .env file or a split at the first special character took the rest. */
function listCuts(secret: string): readonly string[] {
  const cuts = ['#', ':', '=', '&', ';', ' ']
    .filter(mark => secret.includes(mark))
    .map(mark => secret.split(mark, 1)[0]!)
  return [...cuts, secret.replace(/\$(?:[A-Za-z_]\w*|\d|[!#$*?@-])/g, ''), secret.replace(/=+$/, '')]
}

function explainWhiteSpace(what: string): DiagnosisCause {
  return cause(
    'secret_white_space',
    `The request was signed with a secret that has ${what}. Read the secret without the line end: printf '%s' instead of echo, trim what a file or variable holds.`,
  )
}

function explainDecoded(from: string): DiagnosisCause {
  return cause(
    'secret_decoded',
    `The secret was decoded (${from}) before use. It is used as the text that was handed out, as its UTF-8 bytes.`,
  )
}

function explainEncoded(how: string): DiagnosisCause {
  return cause('secret_encoded', `The secret was used ${how}. It is used as the text that was handed out.`)
}

const QUOTED = cause(
  'secret_quoted',
  'The request was signed with a secret that has quotation marks around it: they came from a file or variable and are no part of it.',
)
const CUT = cause(
  'secret_cut',
  'The request was signed with a part of the secret only: a shell, an .env file or a split took the rest away at a special character. Put the secret in single quotes, or read it from a file.',
)
const EMPTY = cause(
  'secret_empty',
  'The request was signed with an empty secret: the variable or file that should hold it was not there when the program ran.',
)
const IS_KEY_ID = cause(
  'secret_is_key_id',
  'The request was signed with the key id in place of the secret. Look where the two are read: they may be swapped.',
)
