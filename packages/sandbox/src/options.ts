import { Command, InvalidArgumentError } from 'commander'
import { type ChaosOptions, parseChaos } from './chaos.js'
import type { SandboxOptions } from './sandbox-options.js'

/** What the command line asks for. */
export interface CommandLine extends SandboxOptions {
  readonly quiet: boolean
}

interface Flags {
  readonly port: number
  readonly host: string
  readonly authority?: readonly string[]
  readonly databaseUrl?: string
  readonly redisUrl?: string
  readonly dataDir?: string
  readonly readyFile?: string
  readonly chaos?: ChaosOptions
  readonly webhookUrl?: string
  readonly rateLimit?: number
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly clientCa?: string
  readonly auditFile?: string
  readonly quiet?: boolean
}

const EXAMPLES = `
Examples:
  partner-sandbox                                        everything in memory, on http://127.0.0.1:8787
  partner-sandbox --data-dir ./sandbox-data              the same data and key after a restart
  partner-sandbox --port 0 --ready-file ready.json       for scripts: wait for the file, it has URL and credential
  partner-sandbox --chaos 429=0.02,503=0.02,lost=0.03    does your client send again, and only once?
  partner-sandbox --database-url postgres://localhost/orders --redis-url redis://localhost:6379
  partner-sandbox --tls-cert cert.pem --tls-key key.pem --audit-file audit.ndjson

Then: curl URL/openapi.yaml
`

/**
 * Reads the arguments after the program's name.
 *
 * @throws CommanderError after having written help, version or the fault; `exitCode` 0 for the first two
 */
export function parseCommandLine(argv: readonly string[], version: string): CommandLine {
  const command = new Command('partner-sandbox')
    .description('The order-status API to develop against: real verification, real storage.')
    .version(version)
    .option('--port <number>', 'port to listen on, 0 for a free one', readPort, 8787)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--authority <host:port>', 'one more Host header to answer for (repeatable)', collect)
    .option('--database-url <url>', 'keep the data in this PostgreSQL (default: PGlite in this process)')
    .option(
      '--redis-url <url>',
      'keep replay claims and quotas in this Redis or Valkey (default: in this process)',
    )
    .option('--data-dir <dir>', 'keep credential, replay claims and data here (default: all in memory)')
    .option('--ready-file <file>', 'write URL and credential here (JSON, mode 0600) once it listens')
    .option(
      '--chaos <faults>',
      'misbehave: 429=, 503=, lost=, item503= as rates from 0 to 1, latency=50ms, seed=7',
      readChaos,
    )
    .option('--webhook-url <url>', 'send order.created here, signed, for every new order (default: nowhere)')
    .option(
      '--rate-limit <requests>',
      'requests a minute and partner, then 429 (default: no limit)',
      readRate,
    )
    .option('--tls-cert <file>', 'speak TLS with this certificate (PEM), and ask for client certificates')
    .option('--tls-key <file>', 'its private key (PEM)')
    .option('--client-ca <file>', 'certificate authorities of clients (PEM)')
    .option('--audit-file <file>', 'append one JSON line per request')
    .option('--quiet', 'print nothing but errors')
    .allowExcessArguments(false)
    .showHelpAfterError('(partner-sandbox --help lists all options)')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
  command.parse(argv, { from: 'user' })
  const { authority, quiet = false, ...options } = command.opts<Flags>()
  if (options.databaseUrl !== undefined && !isDatabaseUrl(options.databaseUrl))
    command.error('error: --database-url must look like postgres://user@host:5432/database.')
  if (options.redisUrl !== undefined && !isRedisUrl(options.redisUrl))
    command.error('error: --redis-url must look like redis://host:6379 or rediss://user@host:6379.')
  return { ...options, authorities: authority, quiet }
}

function readPort(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : -1
  if (port < 0 || port > 65_535) throw new InvalidArgumentError('It must be a number from 0 to 65535.')
  return port
}

/** Looked at after parsing: commander repeats a refused argument in its message, and this one may hold a password. */
function isDatabaseUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(?:ql)?:$/.test(new URL(text).protocol)
}

function isRedisUrl(text: string): boolean {
  return URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol)
}

function readRate(text: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(text))
    throw new InvalidArgumentError('It must be a number from 1 to 9999999.')
  return Number(text)
}

function readChaos(text: string): ChaosOptions {
  try {
    return parseChaos(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value]
}
