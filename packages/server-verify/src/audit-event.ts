import type { ChainPosition } from './audit-chain.js'
import type { AuditCheckpoint } from './audit-checkpoint.js'
import type { AuditRecord, AuditSummary } from './audit-record.js'

/** An address was blocked for a time because of repeated failures, or let in again by an operator. */
export interface AuditBlockEvent {
  /** ISO 8601, UTC. */
  readonly time: string
  readonly kind: 'address_blocked' | 'address_unblocked'
  /** IPv4 address, or IPv6 network: `203.0.113.7`, `2001:db8:0:1::/64`. */
  readonly address: string
  /** Of `address_blocked`: when it ends. */
  readonly until?: string | undefined
}

/** Entries were lost: the sink failed, or was too slow. Stands where they would have stood. */
export interface AuditGap {
  readonly time: string
  readonly kind: 'audit_gap'
  /** At least so many; what a stream had taken and not yet written is not known. */
  readonly lost: number
  /** The last record that the sink had confirmed, when the chain had to start anew. */
  readonly after: ChainPosition | null
}

/** A signed checkpoint, kept in the log itself. */
export interface AuditCheckpointNote {
  readonly time: string
  readonly kind: 'audit_checkpoint'
  readonly checkpoint: AuditCheckpoint
}

/** Everything that stands in a log. Only an {@link AuditRecord} has no `kind`. */
export type AuditEntry = AuditRecord | AuditSummary | AuditBlockEvent | AuditGap | AuditCheckpointNote
