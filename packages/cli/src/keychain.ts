/** Why the keychain of the system was of no use; never holds a secret. */
export class KeychainError extends Error {
  override readonly name = 'KeychainError' as const
}

const SERVICE = 'partner-cli'
/** A locked keychain may wait for somebody to type a password; under cron there is nobody. */
const PATIENCE_MS = 3000

/** The part of `@napi-rs/keyring` that is used; tests give their own. */
export interface KeychainEntry {
  getPassword(signal?: AbortSignal): Promise<string | null>
  setPassword(password: string, signal?: AbortSignal): Promise<void>
  deletePassword(signal?: AbortSignal): Promise<boolean>
}

export type OpenKeychainEntry = (service: string, account: string) => Promise<KeychainEntry>

/** @returns undefined when it holds nothing of that name. @throws KeychainError */
export async function readKeychain(
  account: string,
  open: OpenKeychainEntry = openEntry,
): Promise<string | undefined> {
  return (await attempt(account, open, (entry, signal) => entry.getPassword(signal))) ?? undefined
}

/** @throws KeychainError */
export async function writeKeychain(
  account: string,
  secret: string,
  open: OpenKeychainEntry = openEntry,
): Promise<void> {
  await attempt(account, open, (entry, signal) => entry.setPassword(secret, signal))
}

/** @returns whether there was something. @throws KeychainError */
export function clearKeychain(account: string, open: OpenKeychainEntry = openEntry): Promise<boolean> {
  return attempt(account, open, (entry, signal) => entry.deletePassword(signal))
}

async function attempt<T>(
  account: string,
  open: OpenKeychainEntry,
  act: (entry: KeychainEntry, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const abort = new AbortController()
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      abort.abort()
      reject(new KeychainError(`it did not answer within ${PATIENCE_MS / 1000} s (locked?)`))
    }, PATIENCE_MS)
  })
  try {
    return await Promise.race([late, open(SERVICE, account).then(entry => act(entry, abort.signal))])
  } catch (error) {
    if (error instanceof KeychainError) throw error
    throw new KeychainError(describe(error))
  } finally {
    clearTimeout(timer)
  }
}

async function openEntry(service: string, account: string): Promise<KeychainEntry> {
  const { AsyncEntry } = await import('@napi-rs/keyring')
  return new AsyncEntry(service, account)
}

function describe(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (code === 'ERR_MODULE_NOT_FOUND') return 'the optional package @napi-rs/keyring is not installed'
  return String(message).split('\n')[0] ?? 'unknown error'
}
