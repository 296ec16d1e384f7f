import type { ChainPosition } from './audit-chain.js'
import {
  type AuditCheckpoint,
  type CheckpointKey,
  type CheckpointSigner,
  createCheckpointSigner,
} from './audit-checkpoint.js'
import type { AuditCheckpointNote } from './audit-event.js'

/** When checkpoints are made, and where a copy goes. */
export interface CheckpointOptions {
  /** An Ed25519 private key, or a secret that verifiers share. */
  readonly key: CheckpointKey
  /** Default 1000. */
  readonly everyRecords?: number | undefined
  /** A record is without a checkpoint for no longer than this. Default 60. */
  readonly everySeconds?: number | undefined
  /**
   * Keeps a copy where whoever can change the log cannot: another host, an append-only store. Without it a checkpoint
   * shows a log that was written anew, but not that its end was cut off. What it throws is counted as a failure.
   */
  readonly keep?: ((checkpoint: AuditCheckpoint) => void | Promise<void>) | undefined
}

/** What the schedule writes through. */
export interface CheckpointTarget {
  readonly head: ChainPosition
  write(note: AuditCheckpointNote): Promise<void>
  failed(error: unknown): void
  now(): number
}

/** Makes a checkpoint with the first record of a chain, every so many records and seconds, and at the end. */
export class CheckpointSchedule {
  readonly #target: CheckpointTarget
  readonly #signer: CheckpointSigner
  readonly #everyRecords: number
  readonly #everyMs: number
  readonly #keep: CheckpointOptions['keep']
  #chain: string | undefined
  #signedUpTo = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: CheckpointOptions, target: CheckpointTarget) {
    this.#target = target
    this.#signer = createCheckpointSigner(options.key)
    this.#everyRecords = options.everyRecords ?? 1000
    this.#everyMs = (options.everySeconds ?? 60) * 1000
    this.#keep = options.keep
  }

  /** A record was written. */
  written({ chain, seq }: ChainPosition): void {
    if (chain !== this.#chain) void this.make(false)
    // The note of a checkpoint is a record too, and not worth one of its own.
    else if (seq <= this.#signedUpTo) return
    else if (seq - this.#signedUpTo >= this.#everyRecords) void this.make(false)
    else this.#timer ??= setTimeout(() => void this.make(false), this.#everyMs).unref()
  }

  /** Signs for everything so far. Never rejects. */
  async make(final: boolean): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { head } = this.#target
    if (head.seq === 0) return
    const time = new Date(this.#target.now()).toISOString()
    const checkpoint = this.#signer.sign(head, time, final)
    this.#chain = head.chain
    this.#signedUpTo = head.seq + 1
    try {
      await this.#target.write({ time, kind: 'audit_checkpoint', checkpoint })
      await this.#keep?.(checkpoint)
    } catch (error) {
      this.#target.failed(error)
    }
  }
}
