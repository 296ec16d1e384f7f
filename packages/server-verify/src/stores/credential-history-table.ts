import type { CredentialAction, CredentialEvent } from '../credential-registry.js'
import type { SqlQueryable } from './sql-database.js'

/** A row of `countersign_credential_history`. */
export interface HistoryRow {
  readonly revision: number | string
  readonly key_id: string | null
  readonly change: CredentialEvent['change']
  readonly action: CredentialAction
  readonly actor: string
  readonly reason: string | null
  readonly not_after: number | string | null
  readonly at: number | string
}

export async function insertEvents(tx: SqlQueryable, events: readonly CredentialEvent[]): Promise<void> {
  for (const [step, event] of events.entries()) {
    const { revision, keyId, change, action, actor, reason = null, notAfter = null, at } = event
    await tx.query(
      `insert into countersign_credential_history
        (revision, step, key_id, change, action, actor, reason, not_after, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [revision, step, keyId, change, action, actor, reason, notAfter, at],
    )
  }
}

export function toEvent(row: HistoryRow): CredentialEvent {
  return {
    revision: Number(row.revision),
    keyId: row.key_id,
    change: row.change,
    action: row.action,
    actor: row.actor,
    at: Number(row.at),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.not_after === null ? {} : { notAfter: Number(row.not_after) }),
  }
}
