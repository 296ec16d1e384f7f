import type { Caller } from '@countersign/sdk'
import { type Context, IMPATIENT_ATTEMPTS } from '../../context.js'
import type { CredentialDocument } from '../../credential-document.js'
import { resolveConnection } from '../../profile.js'
import { findSecret } from '../../secrets.js'
import { certificatePaths } from './store-credential.js'

/**
 * Asks the platform about a credential that is not stored yet.
 *
 * @throws PartnerError when it is not accepted, or nobody answered
 */
export async function verifyCredential(
  context: Context,
  name: string,
  document: CredentialDocument,
): Promise<Caller> {
  const { flags, configDirectory, signal, note } = context
  const settings = await context.settings()
  // Of the profile only the way to the platform counts: CA, proxy, client certificate.
  const known = Object.hasOwn(settings.profiles, name)
  const connection = resolveConnection(
    known ? settings : { ...settings, currentProfile: undefined },
    {},
    { ...flags, profile: known ? name : undefined },
    document,
  )
  const secret = await findSecret({ env: {}, directory: configDirectory, connection, document })
  const { createClient } = await import('../../client.js')
  const paths = certificatePaths(configDirectory, name)
  const isOld = connection.clientCertificate?.certificateFile === paths.certificate
  const given = document.clientCertificate
  const clientCertificate = given !== undefined && isOld ? undefined : connection.clientCertificate
  const client = await createClient({ ...connection, clientCertificate }, secret, {
    flags,
    interactive: false,
    note,
    maxAttempts: IMPATIENT_ATTEMPTS,
    ownCertificate: given,
  })
  try {
    return await client.whoami(signal)
  } finally {
    await client.close()
  }
}
