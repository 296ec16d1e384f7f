import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  type KeyEncryptionKey,
  parseKeyEncryptionKeys,
  readKeyEncryptionKeys,
} from '../key-encryption-key.js'
import { createSecretBox, type SecretBox } from '../secret-box.js'
import { CommandError } from './command-error.js'
import type { GlobalFlags } from './context.js'
import { EXIT } from './exit-code.js'
import { present, type World } from './world.js'

/**
 * The key-encryption keys: of a file (`--kek-file`, `COUNTERSIGN_KEK_FILE`), of `COUNTERSIGN_KEK`, or of a module that
 * talks to a key management service (`--kek-module`, `COUNTERSIGN_KEK_MODULE`).
 *
 * @returns undefined when none is set up: listing and revoking do without
 */
export async function loadSecretBox(env: World['env'], flags: GlobalFlags): Promise<SecretBox | undefined> {
  const file = flags.kekFile ?? present(env['COUNTERSIGN_KEK_FILE'])
  const module = flags.kekModule ?? present(env['COUNTERSIGN_KEK_MODULE'])
  const text = present(env['COUNTERSIGN_KEK'])
  if (file !== undefined) return createSecretBox({ keys: await readKeyEncryptionKeys(file) })
  if (module !== undefined) return createSecretBox({ keys: await importKeys(module) })
  if (text !== undefined) return createSecretBox({ keys: parseKeyEncryptionKeys(text, 'COUNTERSIGN_KEK') })
  return undefined
}

async function importKeys(path: string): Promise<readonly KeyEncryptionKey[]> {
  const url = pathToFileURL(resolve(path)).href
  const { keyEncryptionKeys } = (await import(url).catch(error => {
    throw invalid(path, `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, error)
  })) as { readonly keyEncryptionKeys?: unknown }
  if (!Array.isArray(keyEncryptionKeys) || !keyEncryptionKeys.every(isKey))
    throw invalid(path, 'does not export keyEncryptionKeys, a list of { id, wrap, unwrap }')
  return keyEncryptionKeys
}

function isKey(value: unknown): value is KeyEncryptionKey {
  const { id, wrap, unwrap } = Object(value) as Partial<Record<keyof KeyEncryptionKey, unknown>>
  return typeof id === 'string' && typeof wrap === 'function' && typeof unwrap === 'function'
}

function invalid(path: string, fault: string, cause?: unknown): CommandError {
  return new CommandError('kek_module_invalid', EXIT.usage, `The module ${path} ${fault}.`, {
    next: 'see "KeyEncryptionKey" in the README of @countersign/server-verify',
    cause,
  })
}
