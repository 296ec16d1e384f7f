import type { CredentialDescription } from '../../credential-record.js'
import type { CredentialFilter } from '../../credential-registry.js'
import type { Context } from '../context.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import { formatMoment, formatTable, showText } from '../table.js'

const HEADING = ['PARTNER', 'KEY ID', 'KIND', 'ENVIRONMENT', 'STATE', 'ISSUED', 'ENDS', 'MAY'] as const

/** `list`. */
export async function runList(context: Context, filter: CredentialFilter): Promise<ExitCode> {
  const credentials = await (await context.registry()).list(filter)
  const now = context.now()
  await context.result(
    credentials.map(credential => ({ ...credential, status: statusOf(credential, now) })),
    () =>
      credentials.length === 0
        ? 'No credentials.'
        : formatTable([HEADING, ...credentials.map(credential => toRow(credential, now))]),
  )
  return EXIT.ok
}

function toRow(credential: CredentialDescription, now: number): readonly string[] {
  const { partnerId, keyId, kind, environment, createdAt, notAfter, scopes, roles = [] } = credential
  const rights = [...scopes, ...roles.map(role => `role ${role}`)].join(' ')
  const moments = [formatMoment(createdAt), formatMoment(notAfter)]
  return [partnerId, keyId, kind, environment, statusOf(credential, now), ...moments, rights].map(showText)
}

/** With the validity that the state leaves out. */
function statusOf({ state, notBefore, notAfter }: CredentialDescription, now: number): string {
  if (state === 'revoked') return 'revoked'
  if (notAfter !== undefined && !(now < notAfter)) return 'ended'
  return notBefore !== undefined && !(notBefore <= now) ? 'not yet valid' : 'active'
}
