import { createHash, createHmac, randomBytes } from 'node:crypto'

/** With what to sign. */
export interface TestKey {
  readonly keyId: string
  readonly secret: string
}

export interface TestRequest {
  readonly method: string
  /** Path and query, canonical as they stand. */
  readonly target: string
  readonly host: string
  readonly body: string | Uint8Array
  /** Signed as well. */
  readonly headers?: Readonly<Record<string, string>>
  readonly now?: Date
  readonly environment?: string
}

/**
 * Signs a request from the text of `spec/partner-signing.md` alone, with node:crypto and without a line of ours, so
 * that a fault of the shared code cannot hide in these tests.
 */
export function signRequest(key: TestKey, request: TestRequest): Record<string, string> {
  const { method, target, host, body, now = new Date(), environment = 'sandbox' } = request
  const date = `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  const [path = '', query = ''] = target.split('?')
  const headers: Record<string, string> = {
    ...request.headers,
    host,
    'x-partner-date': date,
    'x-partner-nonce': randomBytes(16).toString('hex'),
  }
  const names = Object.keys(headers).sort()
  const canonicalRequest = [
    method,
    path,
    query,
    ...names.map(name => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    createHash('sha256').update(body).digest('hex'),
  ].join('\n')
  const scope = [date.slice(0, 8), environment, 'orders', 'partner4_request']
  const signingKey = scope.reduce<string | Buffer>(
    (derived, part) => createHmac('sha256', derived).update(part).digest(),
    `PARTNER4${key.secret}`,
  )
  const stringToSign = [
    'PARTNER4-HMAC-SHA256',
    date,
    scope.join('/'),
    createHash('sha256').update(canonicalRequest).digest('hex'),
  ].join('\n')
  const signature = createHmac('sha256', signingKey).update(stringToSign).digest('hex')
  return {
    ...headers,
    authorization: `PARTNER4-HMAC-SHA256 Credential=${key.keyId}/${scope.join('/')}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}
