import { CliError } from './errors.js'
import { EXIT, type ExitCode } from './exit-code.js'

/** What a `PartnerError` of the sdk tells; read by shape, so that start-up does not load the sdk. */
export interface PartnerFailure extends Error {
  readonly code: string
  readonly retryable: boolean
}

export function isPartnerFailure(error: unknown): error is PartnerFailure {
  return (
    error instanceof Error &&
    typeof (error as Partial<PartnerFailure>).code === 'string' &&
    typeof (error as Partial<PartnerFailure>).retryable === 'boolean'
  )
}

/** A value that the wire format refuses (a key id, an environment, a URL): the user's to correct. */
export function isProtocolFailure(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && error.name === 'ProtocolError' && 'code' in error
}

interface Advice {
  readonly exitCode: ExitCode
  readonly next: string
}

const DOCTOR = 'partner-cli doctor shows which step fails'
const AGAIN = 'run the same command again later; what was accepted is not applied twice'

const BY_CODE: Readonly<Record<string, Advice>> = {
  dns_failed: { exitCode: EXIT.environment, next: `check the base URL and the network; ${DOCTOR}` },
  tls_failed: {
    exitCode: EXIT.environment,
    next: 'if a company proxy signs certificates, name its CA with --ca-bundle FILE; partner-cli doctor shows more',
  },
  proxy_failed: { exitCode: EXIT.environment, next: 'check --proxy, HTTPS_PROXY and NO_PROXY' },
  proxy_invalid: { exitCode: EXIT.environment, next: 'check --proxy, HTTPS_PROXY and NO_PROXY' },
  clock_skew: {
    exitCode: EXIT.auth,
    next: 'set the clock of this machine (NTP); partner-cli doctor shows by how much',
  },
  invalid_credentials: {
    exitCode: EXIT.auth,
    next: 'import the credential again (partner-cli auth import FILE); partner-cli doctor shows which one is used',
  },
  scope_missing: { exitCode: EXIT.auth, next: 'ask the platform to give this credential the scope' },
  ip_not_allowed: { exitCode: EXIT.auth, next: 'ask the platform to allow the address of this machine' },
  authority_not_allowed: {
    exitCode: EXIT.usage,
    next: 'check the base URL: the platform does not serve that host name',
  },
  order_not_found: {
    exitCode: EXIT.rejected,
    next: 'check the order id; an order is visible to its own partner only',
  },
  order_status_invalid: { exitCode: EXIT.rejected, next: 'correct the values and run the command again' },
}

const BY_KIND: Readonly<Record<string, Advice>> = {
  UsageError: { exitCode: EXIT.usage, next: 'partner-cli help environment lists what can be set' },
  OrderStatusError: { exitCode: EXIT.rejected, next: 'correct the values and run the command again' },
  AuthenticationError: { exitCode: EXIT.auth, next: DOCTOR },
  RequestRefusedError: {
    exitCode: EXIT.rejected,
    next: 'correct the request; the platform will refuse it again as it is',
  },
  ServiceUnavailableError: { exitCode: EXIT.temporary, next: AGAIN },
  ConnectionError: { exitCode: EXIT.temporary, next: `${AGAIN}; ${DOCTOR}` },
  ResponseError: {
    exitCode: EXIT.environment,
    next: 'check the base URL, and whether a proxy or login page answers in its place',
  },
}

/** The sdk's error as one of the command line: what happened, the exit code, and what to do. */
export function toCliError(error: PartnerFailure): CliError {
  const advice = BY_CODE[error.code] ??
    BY_KIND[error.name] ?? { exitCode: error.retryable ? EXIT.temporary : EXIT.rejected, next: DOCTOR }
  return new CliError(error.code, advice.exitCode, error.message, { next: advice.next, cause: error })
}
