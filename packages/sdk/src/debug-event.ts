import type { SigningTrace } from './authenticator.js'

/** Which attempt of which request. */
export interface DebugContext {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** From 1. */
  readonly attempt: number
}

/** What `onDebug` is told. Never holds a secret, a signature or a body. */
export type DebugEvent = DebugContext &
  (
    | ({ readonly type: 'signed' } & SigningTrace)
    | {
        readonly type: 'answered'
        readonly status: number
        readonly requestId: string | undefined
        readonly durationMs: number
      }
    | { readonly type: 'failed'; readonly code: string; readonly durationMs: number }
    | { readonly type: 'clock_corrected'; readonly now: number }
    | { readonly type: 'credential_refreshed' }
    | { readonly type: 'waiting'; readonly code: string; readonly delayMs: number }
  )
