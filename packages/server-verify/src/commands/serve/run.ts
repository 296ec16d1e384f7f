import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAuditLog } from '../../audit-log.js'
import { createExtAuthzServer } from '../../ext-authz/ext-authz-server.js'
import { createNdjsonSink } from '../../ndjson-sink.js'
import { createRequestVerifier } from '../../request-verifier.js'
import { apiKey } from '../../schemes/api-key.js'
import { clientCertificate } from '../../schemes/client-certificate.js'
import { hmacSignature } from '../../schemes/hmac-signature.js'
import { httpMessageSignature } from '../../schemes/http-message-signature.js'
import type { VerificationScheme } from '../../schemes/verification-scheme.js'
import { CommandError } from '../command-error.js'
import type { Context } from '../context.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import { SERVED_SCHEMES, type ServeOptions } from './command.js'
import { openReplayGuard } from './replay-guard.js'
import { findRule } from './scope-rule.js'
import { openServedStore } from './served-store.js'

const SCHEMES: Readonly<Record<(typeof SERVED_SCHEMES)[number], () => VerificationScheme>> = {
  hmac: () => hmacSignature(),
  'http-signature': () => httpMessageSignature(),
  'api-key': () => apiKey(),
  'client-certificate': () => clientCertificate(),
}

/** `serve`: until SIGINT or SIGTERM, which let the questions under way be answered. */
export async function runServe(context: Context, options: ServeOptions): Promise<ExitCode> {
  const { auditFile, gateway, gatewayAddress, rule } = options
  const closers: (() => void | Promise<void>)[] = []
  try {
    const store = await openServedStore(context)
    closers.push(store.close)
    const replay = await openReplayGuard(context.env, options)
    closers.push(replay.close)
    const audit =
      auditFile === undefined
        ? undefined
        : createAuditLog(createNdjsonSink(auditFile, { reopenOn: 'SIGHUP' }))
    if (audit !== undefined) closers.push(() => audit.close())
    // The first look-up makes the cache listen; a store that cannot be used is told now, not by the first request.
    await store.credentials.findByKeyId('server-verify_start')
    const server = configured(() =>
      createExtAuthzServer(
        createRequestVerifier({
          authorities: options.authority,
          environment: options.environment,
          api: options.api,
          schemes: (options.scheme ?? SERVED_SCHEMES.slice(0, 3)).map(name => SCHEMES[name]()),
          credentials: store.credentials,
          replay: replay.guard,
          audit,
        }),
        {
          gateway,
          gateways: gatewayAddress,
          requirement: ({ method, path }) => findRule(rule, method, path),
          onError: error => void context.note(`outage: ${describe(error)}`),
        },
      ),
    )
    await listen(server, options.listen)
    const { address, family, port } = server.address() as AddressInfo
    const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
    await context.result({ url, pid: process.pid }, () => `Listening on ${url} for ${gateway}.`)
    if (options.redisUrl === undefined && options.replaySnapshot === undefined)
      await context.note(
        'Used requests are kept in memory only: for the next five minutes older credentials are answered 503. See --replay-snapshot, --redis-url.',
      )
    await aborted(context.signal)
    await stop(server)
    return EXIT.ok
  } finally {
    // The last that was opened first: the audit log takes what the others still say.
    for (const close of closers.reverse()) await close()
  }
}

/** A mistake in the options, as the verifier tells it at construction. */
function configured<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error
    throw new CommandError('usage', EXIT.usage, error.message, {
      next: 'server-verify serve --help',
      cause: error,
    })
  }
}

async function listen(server: Server, { host, port }: ServeOptions['listen']): Promise<void> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CommandError(
      'listen_failed',
      EXIT.environment,
      `${host}:${port} cannot be listened on (${code}).`,
      {
        next: 'is it running already? choose another place with --listen',
        cause: error,
      },
    )
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  // A gateway keeps its connections open; what is under way is a matter of milliseconds.
  const force = setTimeout(() => server.closeAllConnections(), 3000).unref()
  await closed
  clearTimeout(force)
}

function describe(error: unknown): string {
  const causes: string[] = []
  for (let at: unknown = error; at instanceof Error && causes.length < 4; at = at.cause)
    causes.push(at.message)
  return causes.join(': ').replace(/[\x00-\x1f\x7f-\x9f]/g, ' ')
}
