import { Command, InvalidArgumentError, Option } from 'commander'
import type { Run } from '../context.js'
import { collect } from '../restriction-options.js'
import type { Start } from '../start.js'
import { parseRule, type ScopeRule } from './scope-rule.js'

export const SERVED_SCHEMES = ['hmac', 'http-signature', 'api-key', 'client-certificate'] as const

/** argv of `serve`. */
export interface ServeOptions {
  readonly gateway: 'nginx' | 'envoy'
  readonly listen: { readonly host: string; readonly port: number }
  readonly gatewayAddress?: readonly string[] | undefined
  readonly authority: readonly string[]
  readonly environment: string
  readonly api: string
  readonly rule: readonly ScopeRule[]
  readonly scheme?: readonly (typeof SERVED_SCHEMES)[number][] | undefined
  readonly replaySnapshot?: string | undefined
  readonly redisUrl?: string | undefined
  readonly auditFile?: string | undefined
}

const EXAMPLES = `
Answers a gateway's question about each request: nginx auth_request, or Envoy
ext_authz over HTTP (examples/services/nginx, examples/services/envoy hold the
gateways' side). Let it listen where nobody but the gateway can reach it.

A rule is "METHODS PATH SCOPES"; the first that fits counts, and what none fits is
refused. A * at the end of PATH stands for anything.

Examples:
  server-verify serve --gateway nginx --authority api.example.com --environment live \\
      --rule 'GET /v1/* orders:read' --rule 'POST /v1/* orders:status:write' \\
      --replay-snapshot /var/lib/countersign/claims --audit-file /var/log/audit.ndjson
  server-verify serve --gateway envoy --listen 10.0.0.5:9000 --gateway-address 10.0.0.0/24 \\
      --authority api.example.com --environment live --rule 'GET,POST /v1/* orders' \\
      --redis-url rediss://redis.internal:6380

Several processes need --redis-url, or each accepts a request once. Access tokens
need a program of your own: createExtAuthzServer in the README.`

/** argv → options of `serve`. */
export function createServeCommand(start: Start, run: Run<ServeOptions> = runLazily): Command {
  return new Command('serve')
    .description('verify requests for a gateway: nginx auth_request, Envoy ext_authz')
    .addOption(new Option('--gateway <kind>', 'who asks').choices(['nginx', 'envoy']).makeOptionMandatory())
    .requiredOption('--authority <host>', 'a host that is served; may be given again', collect)
    .requiredOption('--environment <name>', 'live, sandbox …')
    .requiredOption('--rule <rule>', 'which scopes a request needs; may be given again', collectRules)
    .option('--api <name>', 'the api part of credential scopes', 'orders')
    .addOption(
      new Option(
        '--scheme <kind>',
        `what is accepted; may be given again (default: ${SERVED_SCHEMES.slice(0, 3).join(', ')})`,
      ).argParser(collectSchemes),
    )
    .option('--listen <host:port>', 'where to listen', parseListen, { host: '127.0.0.1', port: 9000 })
    .option('--gateway-address <cidr>', 'who may ask; may be given again (default: this machine)', collect)
    .option('--replay-snapshot <file>', 'keep used requests there over a restart')
    .option(
      '--redis-url <url>',
      'share used requests with other processes; without a password (REDIS_PASSWORD)',
    )
    .option('--audit-file <file>', 'append the audit log there')
    .addHelpText('after', EXAMPLES)
    .action(async (options: ServeOptions, self: Command) => {
      await start(self, run, options, { stopsItself: true })
    })
}

function collectRules(text: string, earlier: readonly ScopeRule[] | undefined): readonly ScopeRule[] {
  return [...(earlier ?? []), parseRule(text)]
}

type ServedScheme = (typeof SERVED_SCHEMES)[number]

function collectSchemes(text: string, earlier: readonly ServedScheme[] | undefined): readonly ServedScheme[] {
  const found = SERVED_SCHEMES.find(name => name === text)
  if (found === undefined) throw new InvalidArgumentError(`Allowed: ${SERVED_SCHEMES.join(', ')}.`)
  return [...new Set([...(earlier ?? []), found])]
}

function parseListen(text: string): ServeOptions['listen'] {
  const [, bracketed, plain, port = ''] = /^(?:\[([0-9a-f:.]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError('It must be HOST:PORT, such as 127.0.0.1:9000; port 0 takes a free one.')
  return { host, port: Number(port) }
}

async function runLazily(...args: Parameters<Run<ServeOptions>>): ReturnType<Run<ServeOptions>> {
  const { runServe } = await import('./run.js')
  return runServe(...args)
}
