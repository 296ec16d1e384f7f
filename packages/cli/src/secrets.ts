import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SECRET_NAMES, type SecretNames } from './auth-kind.js'
import { present } from './directories.js'
import { CliError, systemErrorCode } from './errors.js'
import { EXIT } from './exit-code.js'
import type { OpenKeychainEntry } from './keychain.js'
import { readPrivateFile, writePrivateFile } from './private-file.js'
import type { Connection } from './profile.js'

/** A secret and where it was found, which is what a person may see. */
export interface FoundSecret {
  /** Empty with `kind: 'certificate'` and `'login'`: the client certificate, or the token of a person, is the proof. */
  readonly value: string
  /** `PARTNER_SECRET_FILE /run/secrets/acme`, `PARTNER_SECRET`, or the path of the profile's file. */
  readonly source: string
  readonly kind:
    | 'document'
    | 'file-variable'
    | 'variable'
    | 'process'
    | 'system'
    | 'keychain'
    | 'profile'
    | 'certificate'
    | 'login'
}

/** Where to look for whose secret. */
export interface SecretRequest {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The configuration directory. */
  readonly directory: string
  readonly connection: Pick<
    Connection,
    'auth' | 'keyId' | 'secretProfile' | 'credentialProcess' | 'store'
  > & {
    readonly oauth?: Connection['oauth']
  }
  /** Of `--credential-file`. */
  readonly document?: { readonly source: string; readonly secret: string | undefined } | undefined
  /** Where the machine mounts secrets. */
  readonly systemFolders?: readonly string[] | undefined
  readonly openKeychainEntry?: OpenKeychainEntry | undefined
}

/** How to give a secret, for every message that has to say it. */
export const HOW_TO_GIVE_A_SECRET: string =
  'partner-cli auth import FILE, or set PARTNER_SECRET_FILE to a file that only you can read'

/** The 0600 file that holds the secret of a profile. */
export function profileSecretPath(directory: string, profile: string): string {
  return join(directory, 'secrets', profile)
}

/** The keychain's name for the secret of a profile: with the key id, so that two of them stand side by side at a rotation. */
export function keychainAccount(profile: string, keyId: string): string {
  return `${profile}/${keyId}`
}

/**
 * Finds the secret: credential file, `PARTNER_…_FILE`, `PARTNER_…`, the profile's `credential-process`, the folders where
 * the machine mounts secrets, the keychain, the file of the profile. Never a flag: a flag would stand in the process list
 * and in the shell's history.
 *
 * @throws CliError `secret_missing`, `secret_invalid`, `secret_file_unreadable`, `secret_file_permissions`,
 * `credential_process_invalid` (exit 2), `credential_process_failed` (exit 4), `keychain_unusable` (exit 10)
 */
export async function findSecret(request: SecretRequest): Promise<FoundSecret> {
  const { auth, oauth } = request.connection
  const method = oauth?.clientAuthentication
  if (method === 'tls_client_auth' || method === 'self_signed_tls_client_auth')
    return { value: '', source: 'the client certificate', kind: 'certificate' }
  if (method === 'none') return { value: '', source: 'the login of a person', kind: 'login' }
  const names = SECRET_NAMES[method === 'private_key_jwt' ? method : auth]
  for (const look of [inDocument, inVariables, inProcess, inSystemFolders, inKeychain, inProfileFile]) {
    const found = await look(request, names)
    if (found !== undefined) return found
  }
  throw new CliError('secret_missing', EXIT.usage, `No ${names.what} was given for the credential.`, {
    next: `partner-cli auth import FILE, or set ${names.fileVariable} to a file that only you can read`,
  })
}

type Look = (request: SecretRequest, names: SecretNames) => Promise<FoundSecret | undefined>

const inDocument: Look = async ({ document }) => {
  if (document?.secret === undefined) return undefined
  return { value: document.secret, source: document.source, kind: 'document' }
}

const inVariables: Look = async ({ env }, names) => {
  const path = present(env[names.fileVariable])
  if (path !== undefined) {
    const source = `${names.fileVariable} ${path}`
    const value = trimSecret(await readPrivateFile(path, names.fileVariable), source, names)
    return { value, source, kind: 'file-variable' }
  }
  const variable = names.variable === undefined ? undefined : present(env[names.variable])
  if (names.variable === undefined || variable === undefined) return undefined
  return { value: trimSecret(variable, names.variable, names), source: names.variable, kind: 'variable' }
}

const inProcess: Look = async ({ connection }, names) => {
  const { credentialProcess, keyId } = connection
  if (credentialProcess === undefined) return undefined
  const { runCredentialProcess } = await import('./credential-process.js')
  const value = trimSecret(
    await runCredentialProcess(credentialProcess, keyId),
    'the credential-process',
    names,
  )
  return { value, source: `credential-process of profile ${connection.secretProfile}`, kind: 'process' }
}

const inSystemFolders: Look = async ({ connection, systemFolders = [] }, names) => {
  const { secretProfile } = connection
  // One that is named after the profile is meant for it; the general name serves the only credential of a container.
  const candidates = [
    ...(secretProfile === undefined ? [] : [`${names.systemName}.${secretProfile}`]),
    names.systemName,
  ]
  for (const path of systemFolders.flatMap(folder => candidates.map(name => join(folder, name)))) {
    if (!existsSync(path)) continue
    // Who mounted it protects it: the modes in such a folder are not the user's to set.
    const text = await readPrivateFile(path, 'The mounted secret', { mounted: true })
    return { value: trimSecret(text, path, names), source: path, kind: 'system' }
  }
  return undefined
}

const inKeychain: Look = async ({ connection, directory, openKeychainEntry }, names) => {
  const { store, secretProfile, keyId } = connection
  if (store !== 'keychain' || secretProfile === undefined) return undefined
  const { KeychainError, readKeychain } = await import('./keychain.js')
  const account = keychainAccount(secretProfile, keyId)
  const file = profileSecretPath(directory, secretProfile)
  try {
    const value = await readKeychain(account, openKeychainEntry)
    if (value !== undefined)
      return {
        value: trimSecret(value, 'the keychain', names),
        source: `keychain ${account}`,
        kind: 'keychain',
      }
    if (existsSync(file)) return undefined
    throw new KeychainError(`it holds nothing named ${account}`)
  } catch (error) {
    if (!(error instanceof KeychainError)) throw error
    if (existsSync(file)) return undefined
    throw new CliError(
      'keychain_unusable',
      EXIT.environment,
      `The keychain is of no use: ${error.message}.`,
      {
        next: 'unlock it, or keep the secret in a file: partner-cli auth import FILE --store file',
      },
    )
  }
}

const inProfileFile: Look = async ({ connection, directory }, names) => {
  if (connection.secretProfile === undefined) return undefined
  const path = profileSecretPath(directory, connection.secretProfile)
  const value = trimSecret(await readPrivateFile(path, `The ${names.what} file`), path, names)
  return { value, source: path, kind: 'profile' }
}

/**
 * Stores the secret of a profile.
 *
 * @returns the path of the file
 * @throws CliError `secret_unwritable` (exit 10)
 */
export async function saveSecret(directory: string, profile: string, secret: string): Promise<string> {
  const path = profileSecretPath(directory, profile)
  try {
    await writePrivateFile(path, secret.endsWith('\n') ? secret : `${secret}\n`)
  } catch (error) {
    const fault = systemErrorCode(error) ?? 'unknown error'
    throw new CliError('secret_unwritable', EXIT.environment, `${path} cannot be written (${fault}).`, {
      next: 'check the folder and the disk, or name another place with --config-dir',
      cause: error,
    })
  }
  return path
}

/** Editors and `echo` add a line end; nothing else is taken off. A key in PEM form has many lines. */
function trimSecret(text: string, source: string, { what, variable }: SecretNames): string {
  const secret = text.replace(/\r?\n$/, '')
  const isKey = variable === undefined
  const fault =
    secret === ''
      ? 'is empty'
      : isKey && !/PRIVATE KEY-----|^\s*\{/.test(secret)
        ? 'holds no private key (PEM or JWK)'
        : !isKey && /[\r\n]/.test(secret)
          ? 'holds more than one line'
          : undefined
  if (fault === undefined) return secret
  throw new CliError('secret_invalid', EXIT.usage, `${source} ${fault}.`, {
    next: isKey
      ? 'it must hold the private key and nothing else'
      : `it must hold the ${what} on one line and nothing else`,
  })
}
