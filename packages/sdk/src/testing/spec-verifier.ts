// Verifies from the text of spec/partner-signing.md with node:crypto alone, so that the signer is never tested against
// the code that it is built from.
import { createHash, createHmac } from 'node:crypto'
import type { ArrivedRequest } from './recording-server.js'

export interface VerifierLabels {
  readonly algorithm: string
  readonly secretPrefix: string
  readonly headerWord: string
}

export const PARTNER_LABELS: VerifierLabels = {
  algorithm: 'PARTNER4-HMAC-SHA256',
  secretPrefix: 'PARTNER4',
  headerWord: 'partner',
}
export const AWS_LABELS: VerifierLabels = {
  algorithm: 'AWS4-HMAC-SHA256',
  secretPrefix: 'AWS4',
  headerWord: 'amz',
}

/** What a signature covers. @throws Error when it does not verify */
export function verifyArrived(
  request: ArrivedRequest,
  secret: string,
  labels: VerifierLabels = PARTNER_LABELS,
): { signedHeaders: string[]; keyId: string; date: string; nonce: string } {
  const form = /^(\S+) Credential=([^/]+)\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/
  const match = form.exec(request.header('authorization') ?? '')
  if (match === null) throw new Error('no well-formed Authorization header')
  const [, algorithm, keyId, scope, list, signature] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  if (algorithm !== labels.algorithm) throw new Error(`algorithm ${algorithm}`)
  const signedHeaders = list.split(';')
  const payloadHash = createHash('sha256').update(request.body).digest('hex')
  if (request.header(`x-${labels.headerWord}-content-sha256`) !== payloadHash)
    throw new Error('payload-hash header')
  const date = request.header(`x-${labels.headerWord}-date`) ?? ''
  const nonce = request.header(`x-${labels.headerWord}-nonce`) ?? ''
  if (!/^[0-9a-f]{32}$/.test(nonce)) throw new Error('nonce')
  const [path, query = ''] = request.target.split('?') as [string, string?]
  const lines = signedHeaders.map(name => {
    const value = request.header(name)
    if (value === undefined) throw new Error(`signed header ${name} is absent`)
    return `${name}:${value.replace(/^[ \t]+|[ \t]+$/g, '').replace(/ +/g, ' ')}\n`
  })
  const canonical = `${request.method}\n${path}\n${query}\n${lines.join('')}\n${list}\n${payloadHash}`
  const hashed = createHash('sha256').update(canonical, 'latin1').digest('hex')
  let key: Buffer | string = labels.secretPrefix + secret
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest()
  const expected = createHmac('sha256', key)
    .update(`${algorithm}\n${date}\n${scope}\n${hashed}`)
    .digest('hex')
  if (expected !== signature)
    throw new Error(`the signature does not verify. Canonical request:\n${canonical}`)
  if (scope.slice(0, 8) !== date.slice(0, 8)) throw new Error('the scope is of another day')
  return { signedHeaders, keyId, date, nonce }
}
