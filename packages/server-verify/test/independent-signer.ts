// Signs from the text of spec/partner-signing.md with node:crypto's createHash and createHmac alone, so that the
// verifier is never tested against the code that it is built from.
import { createHash, createHmac } from 'node:crypto'

/** The labels of a scheme row, written out by hand. */
export interface Labels {
  readonly algorithm: string
  readonly secretPrefix: string
  readonly terminator: string
  readonly headerWord: string
}

export const PARTNER_LABELS: Labels = {
  algorithm: 'PARTNER4-HMAC-SHA256',
  secretPrefix: 'PARTNER4',
  terminator: 'partner4_request',
  headerWord: 'Partner',
}

export const AWS_LABELS: Labels = {
  algorithm: 'AWS4-HMAC-SHA256',
  secretPrefix: 'AWS4',
  terminator: 'aws4_request',
  headerWord: 'Amz',
}

export interface SignParameters {
  readonly keyId: string
  readonly secret: string
  readonly method?: string
  readonly target?: string
  readonly host?: string
  readonly body?: Uint8Array | string
  /** Besides host and date; all of them signed, as pairs in wire order. */
  readonly headers?: readonly (readonly [string, string])[]
  /** Sent after signing, not signed. */
  readonly unsignedHeaders?: readonly (readonly [string, string])[]
  readonly timestamp: string
  readonly environment?: string
  readonly api?: string
  readonly labels?: Labels
  /** What goes into the canonical request; default: the SHA-256 of the body. */
  readonly payloadHash?: string
  readonly scopeDate?: string
  readonly terminator?: string
  /** Names to sign; default: all. */
  readonly signedHeaders?: readonly string[]
}

export interface SignedRequest {
  readonly method: string
  readonly target: string
  readonly rawHeaders: string[]
  readonly body: Buffer
  readonly signature: string
  readonly canonicalRequest: string
  readonly stringToSign: string
}

export function sign(parameters: SignParameters): SignedRequest {
  const {
    keyId,
    secret,
    method = 'POST',
    target = '/v1/orders/A-1001/statuses',
    host = 'api.example.com',
    headers = [],
    unsignedHeaders = [],
    timestamp,
    environment = 'sandbox',
    api = 'orders',
    labels = PARTNER_LABELS,
  } = parameters
  const body = Buffer.from(parameters.body ?? '{"status":"shipped"}')
  const all: (readonly [string, string])[] = [
    ['Host', host],
    [`X-${labels.headerWord}-Date`, timestamp],
    ...headers,
  ]
  const names = parameters.signedHeaders ?? [...new Set(all.map(([name]) => name.toLowerCase()))].sort()
  const payloadHash = parameters.payloadHash ?? createHash('sha256').update(body).digest('hex')
  const [path, query = ''] = target.split('?') as [string, string?]
  const lines = names.map(name => {
    const values = all.filter(([header]) => header.toLowerCase() === name).map(([, value]) => value)
    const canonical = values.map(value => value.replace(/^[ \t]+|[ \t]+$/g, '').replace(/ +/g, ' '))
    return `${name}:${canonical.join(',')}`
  })
  const canonicalRequest = [method, path, query, ...lines, '', names.join(';'), payloadHash].join('\n')
  const date = parameters.scopeDate ?? timestamp.slice(0, 8)
  const terminator = parameters.terminator ?? labels.terminator
  const scope = `${date}/${environment}/${api}/${terminator}`
  const hashed = createHash('sha256').update(canonicalRequest, 'latin1').digest('hex')
  const stringToSign = `${labels.algorithm}\n${timestamp}\n${scope}\n${hashed}`
  const key = [date, environment, api, terminator].reduce<Buffer>(
    (previous, word) => createHmac('sha256', previous).update(word).digest(),
    Buffer.from(`${labels.secretPrefix}${secret}`),
  )
  const signature = createHmac('sha256', key).update(stringToSign, 'latin1').digest('hex')
  const authorization = `${labels.algorithm} Credential=${keyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  const rawHeaders = [...all, ...unsignedHeaders, ['Authorization', authorization]].flat() as string[]
  return { method, target, rawHeaders, body, signature, canonicalRequest, stringToSign }
}
