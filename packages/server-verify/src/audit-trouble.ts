import type { AuditTrouble } from './audit-delivery.js'

/** One line on stderr whenever the log's state changes. */
export function printAuditTrouble(trouble: AuditTrouble): void {
  process.stderr.write(`${describeAuditTrouble(trouble)}\n`)
}

/** What has happened to the log, and what that means for requests; one line. */
export function describeAuditTrouble({ state, policy, lost, error }: AuditTrouble): string {
  const reason = error === undefined ? '' : ` (${flatten(error)})`
  if (state === 'checkpoint_failed')
    return `server-verify: a checkpoint of the audit log could not be kept${reason}.`
  if (state === 'writing')
    return `server-verify: the audit log is written again; ${lost} entries were lost since the start.`
  const what = state === 'failing' ? 'cannot be written' : 'is written too slowly'
  const effect =
    policy === 'refuse' ? 'requests are answered 503 until it can' : 'requests go on WITHOUT a record'
  return `server-verify: the audit log ${what}${reason}; ${effect}.`
}

function flatten(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200)
}
