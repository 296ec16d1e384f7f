import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  hash,
  KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import type { ChainPosition } from './audit-chain.js'

/** A signed statement that a chain had come to a certain record. Kept elsewhere it shows that a tail was cut off. */
export interface AuditCheckpoint extends ChainPosition {
  /** ISO 8601, UTC. */
  readonly time: string
  /** `true`: the process closed its log; nothing but the checkpoint's own record comes after it. */
  readonly final: boolean
  readonly algorithm: 'ed25519' | 'hmac-sha256'
  /** Which key signed: the first 16 hex digits of the SHA-256 of its public form. */
  readonly keyId: string
  /** Base64url, over the other members, one a line (README, "Audit log"). */
  readonly signature: string
}

/** Ed25519: anybody can verify with the public key. HMAC: whoever can verify can also sign. */
export type CheckpointKey =
  | { readonly privateKey: KeyObject | string }
  | { readonly secret: string | Uint8Array }

/** How checkpoints are verified: the counterpart of a {@link CheckpointKey}. */
export type CheckpointVerificationKey =
  | { readonly publicKey: KeyObject | string }
  | { readonly secret: string | Uint8Array }

/** Signs checkpoints. */
export interface CheckpointSigner {
  sign(position: ChainPosition, time: string, final: boolean): AuditCheckpoint
}

const MIN_SECRET_BYTES = 16

/** @throws TypeError a key that is no Ed25519 private key, or a secret under 16 bytes */
export function createCheckpointSigner(key: CheckpointKey): CheckpointSigner {
  if ('secret' in key) {
    const secret = assertSecret(key.secret)
    return createSigner('hmac-sha256', secretKeyId(secret), text => hmac(secret, text))
  }
  const privateKey = readKey(key.privateKey, createPrivateKey, 'private')
  return createSigner('ed25519', publicKeyId(createPublicKey(privateKey)), text =>
    sign(null, text, privateKey),
  )
}

/**
 * @returns a test of one checkpoint's signature
 * @throws TypeError a key that is no Ed25519 public key, or a secret under 16 bytes
 */
export function createCheckpointTest(
  key: CheckpointVerificationKey,
): (checkpoint: AuditCheckpoint) => boolean {
  if ('secret' in key) {
    const secret = assertSecret(key.secret)
    return checkpoint => {
      const signature = Buffer.from(checkpoint.signature, 'base64url')
      return (
        checkpoint.algorithm === 'hmac-sha256' &&
        signature.length === 32 &&
        timingSafeEqual(signature, hmac(secret, signedText(checkpoint)))
      )
    }
  }
  const publicKey = readKey(key.publicKey, createPublicKey, 'public')
  return checkpoint =>
    checkpoint.algorithm === 'ed25519' &&
    verify(null, signedText(checkpoint), publicKey, Buffer.from(checkpoint.signature, 'base64url'))
}

/** Reads a checkpoint from JSON that somebody else kept. `undefined` when it has not the form of one. */
export function readCheckpoint(value: unknown): AuditCheckpoint | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { chain, seq, hash, time, final, algorithm, keyId, signature } = value as Partial<AuditCheckpoint>
  const isText = (text: unknown, form: RegExp): text is string => typeof text === 'string' && form.test(text)
  if (!isText(chain, /^[0-9a-f]{32}$/) || !isText(hash, /^[0-9a-f]{64}$/)) return undefined
  if (!Number.isSafeInteger(seq) || seq! < 1 || typeof final !== 'boolean') return undefined
  if (!isText(time, /^[0-9TZ:.-]{1,40}$/) || !isText(keyId, /^[0-9a-f]{16}$/)) return undefined
  if (algorithm !== 'ed25519' && algorithm !== 'hmac-sha256') return undefined
  if (!isText(signature, /^[A-Za-z0-9_-]{43,86}$/)) return undefined
  return { chain, seq: seq!, hash, time, final, algorithm, keyId, signature }
}

function createSigner(
  algorithm: AuditCheckpoint['algorithm'],
  keyId: string,
  signText: (text: Buffer) => Buffer,
): CheckpointSigner {
  return {
    sign({ chain, seq, hash }, time, final) {
      const unsigned = { chain, seq, hash, time, final, algorithm, keyId }
      return { ...unsigned, signature: signText(signedText(unsigned)).toString('base64url') }
    },
  }
}

// Every member but the signature, one a line: what is not signed could be changed.
function signedText(checkpoint: Omit<AuditCheckpoint, 'signature'>): Buffer {
  const { chain, seq, hash, time, final, algorithm, keyId } = checkpoint
  return Buffer.from(
    ['countersign-audit-checkpoint-v1', algorithm, keyId, chain, seq, hash, time, final].join('\n'),
  )
}

function hmac(secret: Buffer, text: Buffer): Buffer {
  return createHmac('sha256', secret).update(text).digest()
}

function publicKeyId(key: KeyObject): string {
  return hash('sha256', key.export({ type: 'spki', format: 'der' })).slice(0, 16)
}

// Not a hash of the secret itself: the key id is public.
function secretKeyId(secret: Buffer): string {
  return hmac(secret, Buffer.from('countersign-audit-key-id')).toString('hex').slice(0, 16)
}

function assertSecret(secret: string | Uint8Array): Buffer {
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : Buffer.from(secret)
  if (bytes.length < MIN_SECRET_BYTES)
    throw new TypeError(`The secret for audit checkpoints must have at least ${MIN_SECRET_BYTES} bytes.`)
  return bytes
}

function readKey(
  key: KeyObject | string,
  parse: (pem: string) => KeyObject,
  type: 'private' | 'public',
): KeyObject {
  let parsed: KeyObject | undefined
  try {
    parsed = key instanceof KeyObject ? key : parse(key)
  } catch {
    // Without the cause: a parser's message may repeat what it was given.
  }
  if (parsed?.asymmetricKeyType !== 'ed25519' || parsed.type !== type)
    throw new TypeError(`The key for audit checkpoints must be an Ed25519 ${type} key (KeyObject or PEM).`)
  return parsed
}
