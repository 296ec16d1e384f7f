import type { Credential } from '@countersign/server-verify'
import type { ChaosOptions } from './chaos.js'
import type { InternalErrorListener } from './error-logger.js'
import type { TlsFiles } from './tls-options.js'

/** How a sandbox runs. With no options: everything in memory and new. */
export interface SandboxOptions extends TlsFiles {
  /** Default 8787; 0 for a free one. */
  readonly port?: number | undefined
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined
  /** More values of the Host header to answer for, e.g. `sandbox:8787` behind a container's name. */
  readonly authorities?: readonly string[] | undefined
  /** A PostgreSQL server, `postgres://…`. Default: PGlite inside this process. */
  readonly databaseUrl?: string | undefined
  /**
   * A Redis or Valkey server, `redis://…`, for replay claims and quotas, so that several sandboxes over one database
   * act as one. Default: in this process.
   */
  readonly redisUrl?: string | undefined
  /** Requests a minute and partner. Default: no limit. */
  readonly rateLimit?: number | undefined
  /** Keeps credentials, replay claims and (without `databaseUrl`) data over restarts. One process at a time. */
  readonly dataDir?: string | undefined
  /** Gets a {@link ReadyFile}, mode 0600, once the sandbox listens; taken away at a clean stop. */
  readonly readyFile?: string | undefined
  readonly chaos?: ChaosOptions | undefined
  /** Gets `order.created` for every new order of the demo partner, signed; `http` on loopback will do. Default: nobody. */
  readonly webhookUrl?: string | undefined
  /** Gets one JSON line per request. */
  readonly auditFile?: string | undefined
  /** More credentials than the demo partner's: of another partner, or with fewer scopes. */
  readonly credentials?: readonly Credential[] | undefined
  /** Milliseconds since 1970; default the system's clock. */
  readonly now?: (() => number) | undefined
  /** Told about every answer that is a fault of the sandbox itself. Default: a line on stderr. */
  readonly onInternalError?: InternalErrorListener | undefined
}
