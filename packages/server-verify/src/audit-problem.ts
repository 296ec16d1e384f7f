/** What is wrong with a log. */
export type AuditProblemKind =
  /** The line is no chained record: foreign, or torn by a crash or a full disk. */
  | 'not_a_record'
  /** The record's bytes are not those that its hash, or the record after it, vouches for. */
  | 'edited'
  /** Records are missing between two that are there, or before the first. */
  | 'dropped'
  /** A record stands where the chain has another one, or after the end of a closed chain. */
  | 'inserted'
  /** A copy of a record. */
  | 'duplicated'
  /** A record stands in another place than the one it was written in. */
  | 'reordered'
  /** The end is missing: something vouches for records after the last one. */
  | 'cut'
  /** A checkpoint vouches for another record under this number: hashes were computed anew. */
  | 'rewritten'
  /** The checkpoint's signature is not that of the key, or it vouches for a record that it does not follow. */
  | 'checkpoint_invalid'
  /** A key was given, and no valid checkpoint of this chain was found. */
  | 'unsigned'

/** One thing that is wrong, and where. */
export interface AuditProblem {
  readonly kind: AuditProblemKind
  /** Number of the line (or row), from 1; `undefined` for what is not there. */
  readonly line: number | undefined
  /** `undefined` when the line names none. */
  readonly chain: string | undefined
  /** Number within the chain; of several, the first. */
  readonly seq: number | undefined
  /** What is wrong in words. Holds nothing that a record says, but its numbers. */
  readonly message: string
}
