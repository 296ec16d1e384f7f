import type { RateLimit, ReplayGuard } from '@countersign/server-verify'

export interface FloodSample {
  /** Sent so far. */
  readonly requests: number
  /** Of them refused as `invalid_credentials`. */
  readonly refused: number
  /** Heap and array buffers after garbage collection. */
  readonly heapMiB: number
  /** What the replay guard holds; with Redis: keys in the database. */
  readonly claims: number
  readonly cachedCredentials: number
  readonly cachedUnknown: number
  /** Records and summaries written. */
  readonly audited: number
}

export interface FloodOptions {
  readonly requests: number
  readonly samples?: number
  readonly replay?: ReplayGuard
  readonly rateLimit?: RateLimit
  readonly countStored?: () => Promise<number>
  readonly onSample?: (sample: FloodSample) => void
}

export function flood(options: FloodOptions): Promise<FloodSample[]>
