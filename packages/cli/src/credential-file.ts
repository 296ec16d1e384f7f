import type { Readable } from 'node:stream'
import type { AuthKind } from './auth-kind.js'
import type { World } from './context.js'
import { type CredentialDocument, parseCredentialDocument } from './credential-document.js'
import { CliError } from './errors.js'
import { EXIT } from './exit-code.js'
import { readPrivateFile } from './private-file.js'

const MAX_BYTES = 64 * 1024

/**
 * Reads a credential document from a file that only its owner can read, or from standard input.
 *
 * @throws CliError `credential_invalid`, `secret_file_unreadable`, `secret_file_permissions`, `secret_file_too_large` (exit 2)
 */
export async function readCredentialFile(
  { stdin }: Pick<World, 'stdin'>,
  file: string,
  use?: AuthKind | undefined,
): Promise<CredentialDocument> {
  const source = file === '-' ? 'standard input' : file
  const text = file === '-' ? await readStream(stdin()) : await readPrivateFile(file, 'The credential file')
  return parseCredentialDocument(text, source, use)
}

/** A stream's text, which is small. @throws CliError `credential_invalid` (exit 2) */
export async function readStream(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    if ((size += chunk.length) > MAX_BYTES) {
      throw new CliError('credential_invalid', EXIT.usage, 'Standard input is larger than 64 KiB.', {
        next: 'give only the credential',
      })
    }
  }
  return Buffer.concat(chunks).toString('utf8')
}
