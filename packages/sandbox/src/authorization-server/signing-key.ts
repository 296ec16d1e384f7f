import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writePrivateFile } from '../atomic-file.js'

/** A private P-256 key as JWK. */
export interface SigningKey {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly d: string
  readonly alg: 'ES256'
  readonly use: 'sig'
  readonly kid: string
}

/** What the authorization server signs tokens with: kept in the data folder, so that they outlive a restart. */
export function openSigningKey(dataDir: string | undefined): SigningKey {
  if (dataDir === undefined) return createSigningKey()
  const file = join(dataDir, 'oauth-signing-key.json')
  const kept = readSigningKey(file)
  if (kept !== undefined) return kept
  const key = createSigningKey()
  writePrivateFile(file, `${JSON.stringify(key, undefined, 2)}\n`)
  return key
}

/** What may be published of it. */
export function toPublicJwk({ d: _secret, ...jwk }: SigningKey): Omit<SigningKey, 'd'> {
  return jwk
}

function createSigningKey(): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '', d = '' } = privateKey.export({ format: 'jwk' })
  return { kty: 'EC', crv: 'P-256', x, y, d, alg: 'ES256', use: 'sig', kid: randomBytes(8).toString('hex') }
}

function readSigningKey(file: string): SigningKey | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    const key: SigningKey = JSON.parse(text)
    if ([key.x, key.y, key.d, key.kid].every(part => typeof part === 'string') && key.crv === 'P-256')
      return key
  } catch {
    // Said below, without the parser's message: that one quotes the file.
  }
  throw new Error(`${file} holds no signing key. Delete it and start again to get a new one.`)
}
