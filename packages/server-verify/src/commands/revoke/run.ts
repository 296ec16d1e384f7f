import { revokeCredential } from '../../credential-life/revoke-credential.js'
import type { Context } from '../context.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import type { RevokeOptions } from './command.js'

/** `revoke`. */
export async function runRevoke(context: Context, { keyId, reason }: RevokeOptions): Promise<ExitCode> {
  const { actor, now } = context
  const wasActive = await revokeCredential(await context.registry(), keyId, { actor, reason, now })
  await context.result({ keyId, state: 'revoked', wasActive }, () =>
    wasActive ? `Revoked ${keyId}.` : `${keyId} was revoked before.`,
  )
  return EXIT.ok
}
