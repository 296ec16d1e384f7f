import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HmacCredential } from '@countersign/server-verify'
import { writePrivateFile } from './atomic-file.js'

/** The partner that every sandbox knows. */
export const DEMO_PARTNER = 'acme' as const
export const DEMO_SCOPES: readonly string[] = ['orders:read', 'orders:status:write']

/** The demo partner's credential: kept in the data folder, so that a restart knows it again; else a new one. */
export function openDemoCredential(dataDir: string | undefined, nowMs: number): HmacCredential {
  if (dataDir === undefined) return createDemoCredential(nowMs)
  const file = join(dataDir, 'credential.json')
  const kept = readCredential(file)
  if (kept !== undefined) return kept
  const credential = createDemoCredential(nowMs)
  const { keyId, secret, createdAt } = credential
  writePrivateFile(file, `${JSON.stringify({ keyId, secret, createdAt }, undefined, 2)}\n`)
  return credential
}

function createDemoCredential(nowMs: number): HmacCredential {
  return toCredential(
    `demo_${DEMO_PARTNER}_${randomBytes(6).toString('hex')}`,
    randomBytes(32).toString('base64url'),
    nowMs,
  )
}

function readCredential(file: string): HmacCredential | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    const { keyId, secret, createdAt } = JSON.parse(text)
    if (typeof keyId === 'string' && typeof secret === 'string' && typeof createdAt === 'number')
      return toCredential(keyId, secret, createdAt)
  } catch {
    // Said below, without the parser's message: that one quotes the file.
  }
  throw new Error(`${file} holds no credential. Delete it and start again to get a new one.`)
}

function toCredential(keyId: string, secret: string, createdAt: number): HmacCredential {
  return {
    kind: 'hmac',
    keyId,
    partnerId: DEMO_PARTNER,
    environment: 'sandbox',
    secret,
    scopes: DEMO_SCOPES,
    state: 'active',
    createdAt,
  }
}
