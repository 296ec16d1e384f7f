import type { CredentialEvent } from '../../credential-registry.js'
import type { Context } from '../context.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import { formatMoment, formatTable, showText } from '../table.js'
import type { HistoryOptions } from './command.js'

const HEADING = ['WHEN', 'WHO', 'COMMAND', 'KEY ID', 'WHAT', 'WHY'] as const

/** `history`. */
export async function runHistory(context: Context, { keyId }: HistoryOptions): Promise<ExitCode> {
  const events = await (await context.registry()).history(keyId)
  await context.result(events, () =>
    events.length === 0 ? 'No changes.' : formatTable([HEADING, ...events.map(toRow)]),
  )
  return EXIT.ok
}

function toRow({ at, actor, action, keyId, change, notAfter, reason }: CredentialEvent): readonly string[] {
  const what = change === 'expire' ? `ends ${formatMoment(notAfter)}` : WHAT[change]
  return [formatMoment(at), actor, action, keyId ?? '-', what, reason ?? '-'].map(showText)
}

const WHAT = { add: 'made', revoke: 'revoked', rewrap: 'wrapped anew' } as const
