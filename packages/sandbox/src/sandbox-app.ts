import { mkdirSync } from 'node:fs'
import { AWS_SCHEME, PARTNER_SCHEME } from '@countersign/protocol'
import {
  apiKey,
  clientCertificate,
  createAuditLog,
  createMemoryCredentialStore,
  createNdjsonSink,
  createPrometheusMetrics,
  createRequestVerifier,
  hmacSignature,
  httpMessageSignature,
} from '@countersign/server-verify'
import type { FastifyInstance } from 'fastify'
import { loadApiDocument } from './api-document.js'
import { createApiServer } from './api-server.js'
import { openDemoTokens } from './authorization-server/demo-tokens.js'
import { createChaos } from './chaos.js'
import type { ClosingStack } from './closing-stack.js'
import { lockDataDir } from './data-lock.js'
import { isDatabaseOutage } from './database.js'
import { createDemoCertificate } from './demo-certificate.js'
import { bindCertificate, DEMO_PARTNER, openDemoSecrets, toCredentials } from './demo-credentials.js'
import { openDatabase } from './open-database.js'
import { createOrderWebhooks, deriveWebhookSigner } from './order-webhooks.js'
import type { ReadyFile } from './ready-file.js'
import { registerMetricsRoute } from './routes/metrics.js'
import type { SandboxOptions } from './sandbox-options.js'
import { openSharedState } from './shared-state.js'
import { readTlsFiles } from './tls-options.js'

/** How long requests that are under way may take when the sandbox stops. */
const MAX_CLOSING_MS = 10_000

/** The sandbox but for the port: everything that answers requests. */
export interface SandboxApp {
  /** Does not listen yet. */
  readonly app: FastifyInstance
  readonly scheme: 'http' | 'https'
  /** Every route that it has, as `GET /v1/orders/{orderId}`. */
  readonly routes: readonly string[]
  /** To be called once it is known under which address and names it is reached. */
  announce(url: string, authorities: readonly string[]): ReadyFile
}

/** Opens database, state and verifier; what has to be closed goes onto the stack. */
export async function openSandboxApp(options: SandboxOptions, closing: ClosingStack): Promise<SandboxApp> {
  const { dataDir, now = Date.now } = options
  const tls = readTlsFiles(options)
  if (dataDir !== undefined) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    closing.add(lockDataDir(dataDir))
  }
  const database = await openDatabase(options)
  closing.add(() => database.close())

  // The guard before the credentials: what is issued after the guard's start cannot have been used before it, so that
  // a fresh sandbox needs no warm-up.
  const { replay, rateLimit } = await openSharedState({ ...options, now }, closing)
  const demo = openDemoSecrets(dataDir, now())
  const certificate = tls === undefined ? undefined : await createDemoCertificate(DEMO_PARTNER, now())
  const credentials = createMemoryCredentialStore([...toCredentials(demo), ...(options.credentials ?? [])])
  if (certificate !== undefined) credentials.add(bindCertificate(certificate.sha256, demo.createdAt))
  const audit =
    options.auditFile === undefined ? undefined : createAuditLog(createNdjsonSink(options.auditFile))
  if (audit !== undefined) closing.add(() => audit.close())

  const scheme = tls === undefined ? 'http' : 'https'
  const onInternalError = options.onInternalError ?? printInternalError
  const tokens = await openDemoTokens({
    ...{ dataDir, demo, now, urlScheme: scheme },
    onError: error => onInternalError(error, 'of the authorization server'),
  })

  const metrics = createPrometheusMetrics()
  const known = new Set(options.authorities?.map(authority => authority.toLowerCase()))
  const verifier = createRequestVerifier({
    // A rule and not a list: with port 0 the port is known only once the server listens.
    authorities: authority => known.has(authority),
    environment: 'sandbox',
    api: 'orders',
    schemes: [
      hmacSignature({ rows: [PARTNER_SCHEME, AWS_SCHEME] }),
      httpMessageSignature(),
      tokens.scheme,
      apiKey(),
      clientCertificate(),
    ],
    credentials,
    replay,
    rateLimit,
    audit,
    explain: true,
    // Whoever develops a signer fails often, from one address, and must not be shut out for it. Not for `live`.
    preAuthLimit: false,
    telemetry: metrics,
    now,
  })
  const signer = deriveWebhookSigner(demo.hmac.secret)
  const webhooks =
    options.webhookUrl === undefined
      ? undefined
      : createOrderWebhooks({
          ...{ url: options.webhookUrl, signer, partnerId: DEMO_PARTNER, environment: 'sandbox' },
          onFailure: (orderId, { status, failure }) =>
            onInternalError(new Error(`no receipt: ${status ?? failure}`), `that tells of order ${orderId}`),
        })
  if (webhooks !== undefined) closing.add(() => webhooks.close())
  const onOrdersCreated = webhooks?.ordersCreated
  const chaos = createChaos(options.chaos)
  const { app, routes } = await createApiServer({
    context: { database, environment: 'sandbox', api: 'orders', chaos, now, onOrdersCreated },
    verifier,
    document: loadApiDocument(),
    onInternalError,
    tls,
    mount: async app => {
      await tokens.mount(app)
      registerMetricsRoute(app, metrics)
    },
  })
  closing.add(() => closeServer(app))

  const announce = (url: string, authorities: readonly string[]): ReadyFile => {
    for (const authority of authorities) known.add(authority)
    const opened = tokens.open(url)
    for (const binding of opened?.bindings ?? []) credentials.add(binding)
    const { keyId, privateKeyPem } = demo.httpSignature
    return {
      url,
      environment: 'sandbox',
      api: 'orders',
      partner: DEMO_PARTNER,
      hmac: demo.hmac,
      apiKey: demo.apiKey,
      httpSignature: { keyId, privateKeyPem },
      ...(opened === undefined ? {} : { oauth: opened.oauth }),
      ...(webhooks === undefined ? {} : { webhook: signer }),
      ...(certificate === undefined ? {} : { clientCertificate: toReady(certificate) }),
      pid: process.pid,
    }
  }
  return { app, scheme, routes, announce }
}

function toReady({
  certificatePem,
  privateKeyPem,
}: NonNullable<ReadyFile['clientCertificate']>): ReadyFile['clientCertificate'] {
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
