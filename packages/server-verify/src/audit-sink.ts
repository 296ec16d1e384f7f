import type { AuditEntry } from './audit-event.js'

/**
 * Where records go. Lines must be kept in the order in which they are handed over. When one cannot be kept, all that
 * were handed over after it and before `write` has told so must fail too, because the chain goes on behind them; a
 * later one may succeed again.
 */
export interface AuditSink {
  /**
   * @param line the entry as it is to be kept: one line of printable ASCII, chained, without a newline
   * @param durable it must be on disk when `write` has answered
   * @returns nothing when the line was taken, or a promise of that: whoever's request it is waits
   * @throws when the sink cannot take it
   */
  write(entry: AuditEntry, line: string, durable: boolean): void | Promise<void>
  /** Resolves when everything is written. */
  close?(): Promise<void>
}
