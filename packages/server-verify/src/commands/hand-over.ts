import { type FileHandle, open, rm } from 'node:fs/promises'
import type { CredentialDescription } from '../credential-record.js'
import { CommandError } from './command-error.js'
import type { Context } from './context.js'
import { createCredentialDocument } from './credential-document.js'
import { EXIT } from './exit-code.js'

/** Where a credential is handed over. */
export interface HandOverOptions {
  /** A file that must not exist yet; else standard output. */
  readonly out: string | undefined
  readonly baseUrl: string
}

/**
 * Makes a credential and hands its document over. The file is made first: a secret that exists nowhere but here must not
 * be lost for a path that cannot be written.
 */
export async function handOver<
  T extends { readonly credential: CredentialDescription; readonly secret: string | undefined },
>(
  context: Context,
  { out, baseUrl }: HandOverOptions,
  make: () => Promise<T>,
  describe: (made: T) => readonly string[],
): Promise<void> {
  const file = out === undefined ? undefined : await reserve(out)
  let made: T
  try {
    made = await make()
  } catch (error) {
    await file?.close()
    if (out !== undefined) await rm(out, { force: true })
    throw error
  }
  const { credential, secret } = made
  const document = createCredentialDocument(credential, secret, baseUrl)
  if (file === undefined || out === undefined) {
    const text =
      context.flags.json === true ? JSON.stringify(document) : JSON.stringify(document, undefined, 2)
    await context.result(document, () => text)
  } else {
    await fill(file, `${JSON.stringify(document, undefined, 2)}\n`, out, credential.keyId)
    await context.result({ keyId: credential.keyId, file: out }, () => `${credential.keyId} ${out}`)
  }
  for (const line of describe(made)) await context.note(line)
  if (secret !== undefined)
    await context.note(
      'The secret is shown this once and can be read nowhere again: hand the document over safely.',
    )
}

async function reserve(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    if ((Object(error) as { code?: unknown }).code !== 'EEXIST') throw error
    throw new CommandError('file_exists', EXIT.usage, `${path} exists already.`, {
      next: 'name another file with --out, or remove this one',
    })
  }
}

async function fill(file: FileHandle, text: string, path: string, keyId: string): Promise<void> {
  try {
    await file.writeFile(text)
    await file.sync()
  } catch (error) {
    throw new CommandError(
      'document_lost',
      EXIT.environment,
      `The credential ${keyId} was issued, but ${path} could not be written.`,
      { next: `server-verify revoke ${keyId} --reason "document lost", then issue again`, cause: error },
    )
  } finally {
    await file.close()
  }
}
