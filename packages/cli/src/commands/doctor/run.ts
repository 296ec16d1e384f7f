import type { Caller } from '@countersign/sdk'
import { readCaBundle } from '../../ca-bundle.js'
import { type Context, IMPATIENT_ATTEMPTS } from '../../context.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode, worstExitCode } from '../../exit-code.js'
import { isPartnerFailure, isProtocolFailure, toCliError } from '../../failure.js'
import { createPaint, mayUseColor } from '../../output.js'
import type { Connection } from '../../profile.js'
import { HOW_TO_GIVE_A_SECRET } from '../../secrets.js'
import { type Check, failed, passed, skipped, warned } from './check.js'
import { checkClientCertificate, checkNode, checkState } from './machine-checks.js'
import { checkClock, checkNetwork } from './network-checks.js'
import { probe } from './probe.js'
import { checkProxy, findProxy } from './proxy-check.js'
import { checkQuota } from './quota-check.js'

const WRITE_SCOPE = 'orders:status:write'
const DEFAULT_TIMEOUT_MS = 10_000

/** `doctor`: every check in the order in which a push would fail; each failure with what repairs it. */
export async function runDoctor(context: Context): Promise<ExitCode> {
  const checks = await runChecks(context)
  const failures = checks.filter(({ status }) => status === 'fail')
  const exitCode = worstExitCode(failures.map(check => check.exitCode ?? EXIT.bug))
  const shown = checks.map(({ exitCode: _, ...check }) => check)
  await context.output.result(
    { schema: 'partner-cli.doctor/1', ok: failures.length === 0, checks: shown, exitCode },
    () => formatChecks(context, checks),
  )
  return exitCode
}

async function runChecks(context: Context): Promise<Check[]> {
  return [checkNode(), await checkState(context), ...(await runConnectionChecks(context))]
}

async function runConnectionChecks(context: Context): Promise<Check[]> {
  let connection: Connection
  try {
    connection = await context.connection()
  } catch (error) {
    return [toFailedCheck('credential', error)]
  }
  const own = await checkCredential(context, connection)
  const certificate = await checkClientCertificate(connection.clientCertificate, context.now())
  const network = await checkWay(context, connection)
  const credential = certificate?.status === 'fail' && own.status !== 'fail' ? certificate : own
  const credentials = certificate === undefined ? [own] : [own, certificate]
  const reached = network.checks.every(({ status }) => status !== 'fail')
  if (credential.status === 'fail' || !reached) {
    const why = credential.status === 'fail' ? 'no credential' : 'no connection'
    return [
      ...credentials,
      ...network.checks,
      checkClock(network.clock),
      skipped('access', why),
      skipped('scope', why),
      skipped('quota', why),
    ]
  }
  return [...credentials, ...network.checks, ...(await checkAccess(context, network.clock))]
}

async function checkCredential(
  context: Context,
  { auth, keyId, environment, api, profile }: Connection,
): Promise<Check> {
  try {
    const { source, kind } = await context.secret()
    const whose = profile === undefined ? '' : `profile ${profile}, `
    const detail = `${whose}${auth} ${keyId} for ${api} in ${environment}, secret from ${source}`
    return kind === 'variable'
      ? warned(
          'credential',
          detail,
          `every child process sees a variable: put it into a file of mode 0600 and set ${source}_FILE`,
        )
      : passed('credential', detail)
  } catch (error) {
    return toFailedCheck('credential', error)
  }
}

interface Way {
  readonly checks: readonly Check[]
  readonly clock: Parameters<typeof checkClock>[0]
}

async function checkWay(context: Context, { baseUrl, caBundle, proxy }: Connection): Promise<Way> {
  const url = new URL(`${baseUrl}/v1/whoami`)
  const via = findProxy(context.env, url, proxy)
  if (via !== undefined) {
    const detail = `reached through the proxy of ${via.name}`
    const check = await checkProxy(via, url, context.flags.timeout)
    return {
      checks: [check, skipped('dns', detail), skipped('tls', detail), skipped('connection', detail)],
      clock: undefined,
    }
  }
  try {
    const pem = caBundle === undefined ? undefined : await readCaBundle(caBundle)
    const timeoutMs = context.flags.timeout === undefined ? DEFAULT_TIMEOUT_MS : context.flags.timeout * 1000
    const found = await probe(url, { caBundle: pem, timeoutMs, now: context.now })
    return { checks: checkNetwork(url, found, context.now()), clock: found.clock }
  } catch (error) {
    return { checks: [toFailedCheck('tls', error)], clock: undefined }
  }
}

async function checkAccess(context: Context, clock: Way['clock']): Promise<Check[]> {
  let caller: Caller
  let headers: Readonly<Record<string, unknown>>
  const before = context.now().getTime()
  try {
    const client = await context.client(IMPATIENT_ATTEMPTS)
    const answer = await client.request({ method: 'GET', path: '/v1/whoami', signal: context.signal })
    headers = answer.headers
    caller = readCaller(answer.body)
  } catch (error) {
    const why = 'no access'
    return [checkClock(clock), toFailedCheck('access', error), skipped('scope', why), skipped('quota', why)]
  }
  const local = new Date((before + context.now().getTime()) / 2)
  const { partner, credentialId, scopes, serverTime } = caller
  const list = scopes.join(', ')
  return [
    checkClock(clock ?? { server: new Date(serverTime), local }),
    passed('access', `accepted as partner ${partner}, credential ${credentialId}`),
    scopes.includes(WRITE_SCOPE)
      ? passed('scope', list)
      : failed(
          'scope',
          `${WRITE_SCOPE} is missing (has: ${list || 'none'})`,
          'ask the platform to give this credential the scope',
          EXIT.auth,
        ),
    checkQuota(headers),
  ]
}

function readCaller(body: unknown): Caller {
  const caller = body as Partial<Caller> | null | undefined
  if (typeof caller?.partner === 'string' && Array.isArray(caller.scopes)) return caller as Caller
  throw new CliError('response_invalid', EXIT.environment, 'The answer of whoami names no partner.', {
    next: 'check the base URL, and whether a proxy or login page answers in its place',
  })
}

function toFailedCheck(name: Check['name'], error: unknown): Check {
  const failure = isPartnerFailure(error) ? toCliError(error) : error
  if (failure instanceof CliError) {
    return failed(name, failure.message, failure.next ?? HOW_TO_GIVE_A_SECRET, failure.exitCode)
  }
  if (isProtocolFailure(error)) return failed(name, error.message, HOW_TO_GIVE_A_SECRET, EXIT.usage)
  throw error
}

const COLORS = { ok: 'green', warn: 'yellow', fail: 'red', skip: 'bold' } as const

function formatChecks({ stdout, env, flags }: Context, checks: readonly Check[]): string {
  const paint = createPaint(mayUseColor(stdout, env, flags.color !== false))
  return checks
    .map(({ name, status, detail, fix }) => {
      const word = paint(COLORS[status], (status === 'fail' ? 'FAIL' : status).padEnd(4))
      return `${word}  ${name.padEnd(11)}  ${detail}${fix === undefined ? '' : `\n      fix:         ${fix}`}`
    })
    .join('\n')
}
