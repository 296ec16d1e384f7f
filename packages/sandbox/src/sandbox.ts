import { mkdirSync } from 'node:fs'
import { AWS_SCHEME, PARTNER_SCHEME } from '@countersign/protocol'
import {
  apiKey,
  type Credential,
  clientCertificate,
  createAuditLog,
  createMemoryCredentialStore,
  createNdjsonSink,
  createRequestVerifier,
  hmacSignature,
} from '@countersign/server-verify'
import type { FastifyInstance } from 'fastify'
import { loadApiDocument } from './api-document.js'
import { createApiServer } from './api-server.js'
import { type ChaosOptions, createChaos } from './chaos.js'
import { ClosingStack } from './closing-stack.js'
import { lockDataDir } from './data-lock.js'
import { isDatabaseOutage } from './database.js'
import { createDemoCertificate, type DemoCertificate } from './demo-certificate.js'
import { bindCertificate, DEMO_PARTNER, openDemoSecrets, toCredentials } from './demo-credentials.js'
import type { InternalErrorListener } from './error-logger.js'
import { listenOn } from './listen.js'
import { openDatabase } from './open-database.js'
import { type ReadyFile, removeReadyFile, writeReadyFile } from './ready-file.js'
import { openSharedState } from './shared-state.js'
import { readTlsFiles, type TlsFiles } from './tls-options.js'

/** How long requests that are under way may take when the sandbox stops. */
const MAX_CLOSING_MS = 10_000

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
  /** Gets one JSON line per request. */
  readonly auditFile?: string | undefined
  /** More credentials than the demo partner's: of another partner, or with fewer scopes. */
  readonly credentials?: readonly Credential[] | undefined
  /** Milliseconds since 1970; default the system's clock. */
  readonly now?: (() => number) | undefined
  /** Told about every answer that is a fault of the sandbox itself. Default: a line on stderr. */
  readonly onInternalError?: InternalErrorListener | undefined
}

/** A running sandbox. */
export interface Sandbox {
  readonly url: string
  readonly ready: ReadyFile
  /** Every route that it has, as `GET /v1/orders/{orderId}`. */
  readonly routes: readonly string[]
  /** Answers what is under way, then stops listening and closes the database. */
  close(): Promise<void>
}

/**
 * Starts the order-status API: real verification, real storage.
 *
 * @throws ListenError the port cannot be had
 * @throws DataDirInUseError another sandbox has the data folder
 *
 * @example
 * ```ts
 * import { startSandbox } from '@countersign/sandbox'
 *
 * const sandbox = await startSandbox({ port: 0 })
 * console.log(sandbox.url, sandbox.ready.hmac.keyId)
 * await sandbox.close()
 * ```
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const closing = new ClosingStack()
  try {
    return await open(options, closing)
  } catch (error) {
    await closing.close()
    throw error
  }
}

async function open(options: SandboxOptions, closing: ClosingStack): Promise<Sandbox> {
  const { dataDir, readyFile, host = '127.0.0.1', port = 8787, now = Date.now } = options
  const tls = readTlsFiles(options)
  if (dataDir !== undefined) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    closing.add(lockDataDir(dataDir))
  }
  const database = await openDatabase(options)
  closing.add(() => database.close())

  // The guard before the credential: what is issued after the guard's start cannot have been used before it, so that
  // a fresh sandbox needs no warm-up.
  const { replay, rateLimit } = await openSharedState({ ...options, now }, closing)
  const demo = openDemoSecrets(dataDir, now())
  const certificate = tls === undefined ? undefined : await createDemoCertificate(DEMO_PARTNER, now())
  const credentials = createMemoryCredentialStore([...toCredentials(demo), ...(options.credentials ?? [])])
  if (certificate !== undefined) credentials.add(bindCertificate(certificate.sha256, demo.createdAt))
  const audit =
    options.auditFile === undefined ? undefined : createAuditLog(createNdjsonSink(options.auditFile))
  if (audit !== undefined) closing.add(() => audit.close())

  const authorities = new Set(options.authorities?.map(authority => authority.toLowerCase()))
  const verifier = createRequestVerifier({
    // A rule and not a list: with port 0 the port is known only once the server listens.
    authorities: authority => authorities.has(authority),
    environment: 'sandbox',
    api: 'orders',
    schemes: [hmacSignature({ rows: [PARTNER_SCHEME, AWS_SCHEME] }), apiKey(), clientCertificate()],
    credentials,
    replay,
    rateLimit,
    audit,
    explain: true,
    // Whoever develops a signer fails often, from one address, and must not be shut out for it. Not for `live`.
    preAuthLimit: false,
    now,
  })
  const { app, routes } = await createApiServer({
    context: { database, environment: 'sandbox', api: 'orders', chaos: createChaos(options.chaos), now },
    verifier,
    document: loadApiDocument(),
    onInternalError: options.onInternalError ?? printInternalError,
    tls,
  })
  closing.add(() => closeServer(app))
  const listening = await listenOn(app, host, port, tls === undefined ? 'http' : 'https')
  for (const authority of listening.authorities) authorities.add(authority)

  const ready: ReadyFile = {
    url: listening.url,
    environment: 'sandbox',
    api: 'orders',
    partner: DEMO_PARTNER,
    hmac: demo.hmac,
    apiKey: demo.apiKey,
    httpSignature: { keyId: demo.httpSignature.keyId, privateKeyPem: demo.httpSignature.privateKeyPem },
    ...(certificate === undefined ? {} : { clientCertificate: toReady(certificate) }),
    pid: process.pid,
  }
  if (readyFile !== undefined) {
    writeReadyFile(readyFile, ready)
    closing.add(() => removeReadyFile(readyFile, process.pid))
  }
  return { url: listening.url, ready, routes, close: () => closing.close() }
}

function toReady({ certificatePem, privateKeyPem }: DemoCertificate): ReadyFile['clientCertificate'] {
  return { certificatePem, privateKeyPem }
}

async function closeServer(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), MAX_CLOSING_MS)
  await app.close()
  clearTimeout(timer)
}

function printInternalError(error: unknown, requestId: string): void {
  const message = error instanceof Error ? error.message : String(error)
  // Where in this program an outage was noticed helps nobody.
  const trace = error instanceof Error && !isDatabaseOutage(error) ? `\n${error.stack}` : ''
  process.stderr.write(`partner-sandbox: request ${requestId} failed: ${message}${trace}\n`)
}
