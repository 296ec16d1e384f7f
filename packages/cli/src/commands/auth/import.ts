import type { Context } from '../../context.js'
import { readCredentialFile } from '../../credential-file.js'
import { present } from '../../directories.js'
import type { ExitCode } from '../../exit-code.js'
import { parseProfileName } from '../../profile.js'
import type { ImportOptions } from './command.js'
import { reportStored } from './report-stored.js'
import { storeCredential } from './store-credential.js'
import { verifyCredential } from './verify-credential.js'

/** `auth import`: the secret into a file of its own, everything else into the settings. */
export async function runImport(
  context: Context,
  { file, use, store = 'file', verify }: ImportOptions,
): Promise<ExitCode> {
  const document = await readCredentialFile(context, file, use)
  const name = parseProfileName(context.flags.profile ?? present(context.env['PARTNER_PROFILE']) ?? 'default')
  if (verify) await verifyCredential(context, name, document)
  const stored = await storeCredential(context, name, document, store)
  return reportStored(context, 'partner-cli.auth-import/1', name, stored)
}
