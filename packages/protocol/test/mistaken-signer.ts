import { createHash, createHmac } from 'node:crypto'

/** A signer of its own on node:crypto, nothing of ours, that can be told to make mistakes. */
export interface SignerMistakes {
  readonly label?: string
  readonly headerLabel?: string
  /** What is sent; default: a push of one status. */
  readonly target?: string
  readonly body?: string
  /** Sent headers besides host, date, nonce and Authorization. */
  readonly headers?: readonly (readonly [string, string])[]
  readonly host?: string
  readonly omitHost?: boolean
  readonly date?: string
  readonly keyId?: string
  readonly environment?: string
  readonly api?: string
  readonly scopeDate?: string
  readonly terminator?: string
  /** Sent, but left out of SignedHeaders. */
  readonly unsigned?: readonly string[]
  /** Listed in SignedHeaders, but not sent. */
  readonly absent?: string
  readonly sendsHash?: boolean
  /** What is hashed in place of the body. */
  readonly signedBody?: string | Buffer
  readonly secret?: string | Buffer
  readonly prefix?: string
  readonly keyParts?: readonly string[]
  readonly hexChain?: boolean
  readonly underived?: boolean
  readonly editRequest?: (canonicalRequest: string) => string
  readonly editString?: (stringToSign: string, canonicalRequest: string) => string
  readonly editSignature?: (hex: string) => string
  readonly editAuthorization?: (value: string) => string
}

export interface MistakenRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  /** What the signer really signed. */
  readonly canonicalRequest: string
  readonly stringToSign: string
}

export const CREDENTIAL = {
  keyId: 'demo_acme_key1',
  // Both base64 and hex text, with the marks at which shells and .env files cut would be another secret.
  secret: 'c0ffee00c0ffee11c0ffee22c0ffee33',
  environment: 'live',
  api: 'orders',
} as const
export const DATE = '20261121T233040Z'
export const BODY = '{"status":"shipped","note":"Gr\u00fc\u00dfe/2","occurredAt":"2026-11-21T23:30:00Z"}'
export const HOST = 'api.example.com'
export const TARGET = '/v1/orders/A-1001/statuses'

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** Signs a request as told and returns what goes over the wire. */
export function signMistakenly(mistakes: SignerMistakes): MistakenRequest {
  const { label = 'partner', headerLabel = label, target = TARGET, body = BODY, date = DATE } = mistakes
  const { environment = CREDENTIAL.environment, api = CREDENTIAL.api, keyId = CREDENTIAL.keyId } = mistakes
  const sent: (readonly [string, string])[] = [
    ...(mistakes.omitHost ? [] : [['Host', mistakes.host ?? HOST] as const]),
    [`X-${headerLabel}-Date`, date],
    [`X-${headerLabel}-Nonce`, '00112233445566778899aabbccddeeff'],
    ['Content-Type', 'application/json'],
    ...(mistakes.headers ?? []),
    ...(mistakes.sendsHash
      ? [[`X-${headerLabel}-Content-Sha256`, sha256(mistakes.signedBody ?? body)] as const]
      : []),
  ]
  const names = [
    ...new Set([...sent.map(([name]) => name.toLowerCase()), ...(mistakes.absent ? [mistakes.absent] : [])]),
  ]
    .filter(name => !mistakes.unsigned?.includes(name))
    .sort()
  const lines = names.map(name => {
    const values = sent
      .filter(([other]) => other.toLowerCase() === name)
      .map(([, value]) => value.trim().replace(/ +/g, ' '))
    return `${name}:${values.join(',')}\n`
  })
  const [path, query = ''] = target.split('?')
  const right = [
    'POST',
    path,
    query,
    lines.join(''),
    names.join(';'),
    sha256(mistakes.signedBody ?? body),
  ].join('\n')
  const canonicalRequest = mistakes.editRequest?.(right) ?? right
  const terminator = mistakes.terminator ?? `${label}4_request`
  const algorithm = `${label.toUpperCase()}4-HMAC-SHA256`
  const day = mistakes.scopeDate ?? date.slice(0, 8)
  const scope = `${day}/${environment}/${api}/${terminator}`
  const plain = `${algorithm}\n${date}\n${scope}\n${sha256(Buffer.from(canonicalRequest, 'latin1'))}`
  const stringToSign = mistakes.editString?.(plain, canonicalRequest) ?? plain
  const start = Buffer.concat([
    Buffer.from(mistakes.prefix ?? `${label.toUpperCase()}4`),
    Buffer.from(mistakes.secret ?? CREDENTIAL.secret),
  ])
  const parts = mistakes.underived ? [] : (mistakes.keyParts ?? [day, environment, api, terminator])
  const key = parts.reduce<string | Buffer>((last, part) => {
    const next = hmac(last, part)
    return mistakes.hexChain ? next.toString('hex') : next
  }, start)
  const hex = hmac(key, stringToSign).toString('hex')
  const signature = mistakes.editSignature?.(hex) ?? hex
  const value = `${algorithm} Credential=${keyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  const authorization = mistakes.editAuthorization?.(value) ?? value
  const headers = [
    ...sent,
    ['Authorization', authorization] as const,
    ['Content-Length', String(Buffer.byteLength(body))] as const,
  ]
  return {
    method: 'POST',
    target,
    headers: headers.filter(([, text]) => text !== ''),
    body,
    canonicalRequest,
    stringToSign,
  }
}

/** The bytes of the request as HTTP/1.1. */
export function writeRawRequest({ method, target, headers, body }: MistakenRequest): Buffer {
  const head = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)])
}
