import type { AuditRecord, AuditSummary } from './audit-record.js'

/** Where records go. A promise means "not yet taken": the verifier waits for it before it answers. */
export interface AuditSink {
  write(entry: AuditRecord | AuditSummary): void | Promise<void>
  /** Resolves when everything is written. */
  close?(): Promise<void>
}

/** What the verifier writes to. */
export interface AuditLog {
  /** An authenticated caller's request: each is written. */
  record(record: AuditRecord): void | Promise<void>
  /** A request of nobody we know: counted, and a few per interval are written. Never makes anyone wait. */
  recordUnauthenticated(record: AuditRecord, now: number): void
  /** Writes the running summary and closes the sink. */
  close(): Promise<void>
}

/** How many unauthenticated requests are written in full. */
export interface AuditLogOptions {
  /** Default 10. */
  readonly unauthenticatedSamples?: number | undefined
  /** Default 10. */
  readonly intervalSeconds?: number | undefined
}

/**
 * Makes an audit log: every authenticated outcome is a record; of the others the first few of an interval are, and one
 * summary with the counts follows, so that a flood of bad requests is no flood of the disk.
 *
 * @example
 * ```ts
 * import { createAuditLog, createNdjsonSink } from '@countersign/server-verify'
 *
 * const audit = createAuditLog(createNdjsonSink(process.stdout))
 * await audit.close()
 * ```
 */
export function createAuditLog(sink: AuditSink, options: AuditLogOptions = {}): AuditLog {
  const samples = options.unauthenticatedSamples ?? 10
  const intervalMs = (options.intervalSeconds ?? 10) * 1000
  const counts = new Map<string, number>()
  let since: number | undefined
  let written = 0
  let lastSeen = 0

  const flush = (): void | Promise<void> => {
    if (since === undefined) return
    const summary: AuditSummary = {
      time: new Date(lastSeen).toISOString(),
      kind: 'unauthenticated_summary',
      since: new Date(since).toISOString(),
      refused: Object.fromEntries(counts),
    }
    counts.clear()
    since = undefined
    written = 0
    return sink.write(summary)
  }

  return {
    record: record => sink.write(record),
    recordUnauthenticated(record, now) {
      if (since !== undefined && now - since >= intervalMs) neverMind(flush)
      since ??= now
      lastSeen = now
      counts.set(record.outcome, (counts.get(record.outcome) ?? 0) + 1)
      if (written++ < samples) neverMind(() => sink.write(record))
    },
    async close() {
      await flush()
      await sink.close?.()
    },
  }
}

// A sink that fails shows itself at the next authenticated record, which is awaited.
function neverMind(write: () => void | Promise<void>): void {
  try {
    const pending = write()
    if (pending !== undefined) pending.catch(() => undefined)
  } catch {}
}
