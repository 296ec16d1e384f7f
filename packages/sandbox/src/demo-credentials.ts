import {
  createHash,
  generateKeyPairSync,
  type KeyPairKeyObjectResult,
  randomBytes,
  randomInt,
} from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatApiKey } from '@countersign/protocol'
import {
  type AccessTokenCredential,
  type ApiKeyCredential,
  type ClientCertificateCredential,
  certificateKeyId,
  type HmacCredential,
  type HttpSignatureCredential,
  tokenBindingKeyId,
} from '@countersign/server-verify'
import { writePrivateFile } from './atomic-file.js'

/** The partner that every sandbox knows. */
export const DEMO_PARTNER = 'acme' as const
export const DEMO_SCOPES: readonly string[] = ['orders:read', 'orders:status:write']

/** What the demo partner holds: one of each kind that a partner can make use of. All of it is secret. */
export interface DemoSecrets {
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly hmac: { readonly keyId: string; readonly secret: string }
  readonly apiKey: string
  readonly httpSignature: {
    readonly keyId: string
    readonly privateKeyPem: string
    readonly publicKeyPem: string
  }
  readonly oauth: { readonly clientId: string; readonly clientSecret: string }
  /** An OAuth client without a secret: it signs assertions (RFC 7523), ES256. */
  readonly assertion: {
    readonly clientId: string
    readonly privateKeyPem: string
    readonly publicKeyPem: string
  }
}

/** The demo partner's secrets: kept in the data folder, so that a restart knows them again; else new ones. */
export function openDemoSecrets(dataDir: string | undefined, nowMs: number): DemoSecrets {
  if (dataDir === undefined) return createDemoSecrets(nowMs)
  const file = join(dataDir, 'credentials.json')
  const kept = readSecrets(file)
  if (kept !== undefined) return kept
  const secrets = createDemoSecrets(nowMs)
  writePrivateFile(file, `${JSON.stringify(secrets, undefined, 2)}\n`)
  return secrets
}

/** As the verifier knows them. */
export function toCredentials({
  createdAt,
  hmac,
  apiKey,
  httpSignature,
}: DemoSecrets): readonly [HmacCredential, ApiKeyCredential, HttpSignatureCredential] {
  const common = { ...COMMON, createdAt }
  const [, , keyId = ''] = apiKey.split('_')
  const secretSha256 = createHash('sha256').update(apiKey).digest('hex')
  const { publicKeyPem: publicKey } = httpSignature
  return [
    { ...common, kind: 'hmac', ...hmac },
    { ...common, kind: 'api-key', keyId, secretSha256 },
    { ...common, kind: 'http-signature', keyId: httpSignature.keyId, algorithm: 'ed25519', publicKey },
  ]
}

/** Binds a subject of the sandbox's own authorization server to the demo partner. */
export function bindTokens(issuer: string, subject: string, createdAt: number): AccessTokenCredential {
  const keyId = tokenBindingKeyId(issuer, subject)
  return { ...COMMON, kind: 'access-token', createdAt, keyId, issuer, subject }
}

/** Binds the demo partner's client certificate. */
export function bindCertificate(sha256: string, createdAt: number): ClientCertificateCredential {
  const keyId = certificateKeyId(sha256)
  return { ...COMMON, kind: 'client-certificate', createdAt, keyId, certificates: [sha256] }
}

const COMMON = {
  partnerId: DEMO_PARTNER,
  environment: 'sandbox',
  api: 'orders',
  scopes: DEMO_SCOPES,
  state: 'active',
} as const
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function createDemoSecrets(createdAt: number): DemoSecrets {
  const name = (kind: string): string => `demo_${DEMO_PARTNER}_${kind}${randomBytes(6).toString('hex')}`
  return {
    createdAt,
    hmac: { keyId: name(''), secret: randomBytes(32).toString('base64url') },
    apiKey: formatApiKey({
      environment: 'sandbox',
      keyId: `demoAcme${randomText(8)}`,
      secret: randomText(43),
    }),
    httpSignature: { keyId: name('sig_'), ...toPem(generateKeyPairSync('ed25519')) },
    oauth: { clientId: name('client_'), clientSecret: randomBytes(32).toString('base64url') },
    assertion: {
      clientId: name('jwt_client_'),
      ...toPem(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
    },
  }
}

function toPem({ privateKey, publicKey }: KeyPairKeyObjectResult): {
  readonly privateKeyPem: string
  readonly publicKeyPem: string
} {
  return {
    privateKeyPem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    publicKeyPem: String(publicKey.export({ type: 'spki', format: 'pem' })),
  }
}

function randomText(length: number): string {
  return Array.from({ length }, () => BASE62[randomInt(BASE62.length)]).join('')
}

function readSecrets(file: string): DemoSecrets | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    const secrets: DemoSecrets = JSON.parse(text)
    const { createdAt, hmac, apiKey, httpSignature, oauth, assertion } = secrets
    const parts = [hmac, httpSignature, oauth, assertion].flatMap(part => Object.values(part))
    const texts = [apiKey, ...parts]
    if (typeof createdAt === 'number' && texts.length === 11 && texts.every(one => typeof one === 'string'))
      return secrets
  } catch {
    // Said below, without the parser's message: that one quotes the file.
  }
  throw new Error(`${file} holds no credentials. Delete it and start again to get new ones.`)
}
