import type { SigningTrace } from './authenticator.js'

/** Which attempt of which request. */
export interface DebugContext {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** From 1. */
  readonly attempt: number
}

/** What `onDebug` is told. Never holds a secret, a signature, a token or a body. */
export type DebugEvent = DebugContext &
  (
    | CredentialEvent
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
    /** The server will remove what was called (RFC 9745, RFC 8594). Told once for each announcement. */
    | {
        readonly type: 'deprecated'
        readonly deprecation: string | undefined
        readonly sunset: string | undefined
        readonly link: string | undefined
      }
    | { readonly type: 'circuit_opened'; readonly failures: number; readonly openMs: number }
    | { readonly type: 'circuit_closed' }
  )

/** What is told of access tokens, with the request that happened to be under way. Never holds a token. */
export type CredentialEvent =
  | {
      readonly type: 'token_issued'
      readonly endpoint: string
      readonly expiresInMs: number
      readonly durationMs: number
    }
  /** `serving`: the old token is good for a while yet. */
  | { readonly type: 'token_refused'; readonly code: string; readonly serving: boolean }
  /** The server granted less than was asked for. */
  | { readonly type: 'scope_reduced'; readonly missing: readonly string[] }
  /** The server did not say how long the token is valid: 300 s are assumed. Told once. */
  | { readonly type: 'token_lifetime_unknown' }
  /** Tokens are kept in memory only. Told once. */
  | { readonly type: 'token_cache_unusable'; readonly reason: string }
