import {
  type Authenticator,
  type DebugEvent,
  type Logger,
  type LogLevel,
  PartnerClient,
  type PartnerClientOptions,
} from '@countersign/sdk'
import { createAuthenticator } from './authenticator.js'
import { readCaBundle } from './ca-bundle.js'
import type { GlobalFlags } from './context.js'
import { directFetch, mayGoDirectly } from './direct-fetch.js'
import type { LogFile } from './log-file.js'
import type { Connection } from './profile.js'
import type { FoundSecret } from './secrets.js'
import { readVersion } from './version.js'

/** What the client is told besides where to send and as whom. */
export interface ClientSurroundings {
  readonly flags: Pick<GlobalFlags, 'timeout' | 'verbose' | 'debug'>
  /** Someone watches: a wait is worth a line. */
  readonly interactive: boolean
  readonly note: (text: string) => Promise<void>
  readonly log?: LogFile | undefined
  readonly maxAttempts?: number | undefined
  /** One request is all that will be sent: what is quick to load counts, not what is quick to repeat. Default false. */
  readonly singleRequest?: boolean | undefined
  /** Where access tokens are kept; default: nowhere. */
  readonly tokenDirectory?: string | undefined
  /** PEM; in place of the connection's files. */
  readonly ownCertificate?: { readonly certificate: string; readonly key: string } | undefined
  /** In place of the one that fits the connection. */
  readonly authenticator?: Authenticator | undefined
  /** Looks the secret up again when the platform refuses it: it may have been replaced. */
  readonly renewSecret?: (() => Promise<string>) | undefined
  /** Told what is signed. */
  readonly onSigned?:
    | ((steps: { readonly canonicalRequest: string; readonly stringToSign: string }) => void)
    | undefined
}

/**
 * The sdk's client for a connection.
 *
 * @throws CliError `ca_bundle_unreadable` (exit 10); UsageError or ProtocolError for values that do not fit
 */
export async function createClient(
  connection: Connection,
  secret: FoundSecret,
  surroundings: ClientSurroundings,
): Promise<PartnerClient> {
  const { baseUrl, caBundle, proxy, clientCertificate } = connection
  const { flags, interactive, note, maxAttempts, onSigned } = surroundings
  return new PartnerClient({
    baseUrl,
    auth: surroundings.authenticator ?? createAuthenticator(connection, secret, surroundings),
    timeoutMs: flags.timeout === undefined ? undefined : flags.timeout * 1000,
    caBundle: caBundle === undefined ? undefined : await readCaBundle(caBundle),
    proxy,
    fetch: surroundings.singleRequest === true && isPlain(connection) ? directFetch : undefined,
    clientCertificate: surroundings.ownCertificate ?? clientCertificate,
    retry: { maxAttempts },
    ...createLogging(surroundings),
    userAgent: `partner-cli/${readVersion()}`,
    onDebug: event => {
      if (event.type === 'signed') onSigned?.(event)
      const text = describeDebugEvent(event, flags, interactive)
      if (text !== undefined) void note(text)
    },
  })
}

/** Nothing is asked for that only the sdk's own transport can do. */
function isPlain({ auth, caBundle, proxy, clientCertificate }: Connection): boolean {
  const special = caBundle ?? proxy ?? clientCertificate
  return special === undefined && auth !== 'oauth' && mayGoDirectly(process.env)
}

function createLogging({
  log,
  flags,
}: ClientSurroundings): Pick<PartnerClientOptions, 'logger' | 'logLevel'> {
  if (log === undefined) return {}
  const at =
    (level: LogLevel): Logger[LogLevel] =>
    (message, fields) =>
      log.write(level, message, fields)
  return {
    logger: { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') },
    logLevel: flags.debug === true ? 'debug' : 'info',
  }
}

/** From this attempt on, a wait is said even without `--verbose` to someone who watches. */
const PATIENT_ATTEMPTS = 3

function describeDebugEvent(
  event: DebugEvent,
  { verbose, debug }: ClientSurroundings['flags'],
  interactive: boolean,
): string | undefined {
  const where = `${event.method} ${event.target}`
  const talkative = verbose === true || debug === true
  switch (event.type) {
    case 'signed':
      if (debug !== true) return undefined
      return `-- canonical request of ${where}\n${event.canonicalRequest}\n-- string to sign\n${event.stringToSign}\n--`
    case 'answered': {
      const request = event.requestId === undefined ? '' : `, request ${event.requestId}`
      return talkative
        ? `${where}: ${event.status} in ${Math.round(event.durationMs)} ms${request}`
        : undefined
    }
    case 'failed':
      return talkative ? `${where}: ${event.code} after ${Math.round(event.durationMs)} ms` : undefined
    case 'waiting':
      if (!talkative && !(interactive && event.attempt >= PATIENT_ATTEMPTS)) return undefined
      return `${where}: ${event.code}; attempt ${event.attempt + 1} in ${(event.delayMs / 1000).toFixed(1)} s`
    case 'clock_corrected':
      return `The clock of this machine is off; signing with the server's time ${new Date(event.now).toISOString()}.`
    case 'credential_refreshed':
      return undefined
    default:
      return talkative ? `${where}: ${event.type.replaceAll('_', ' ')}` : undefined
  }
}
