import { ConnectionError } from './errors.js'

interface Failure {
  readonly code: string
  readonly what: string
  readonly retryable: boolean
  readonly notSent: boolean
}

const LOCAL = { retryable: false, notSent: true }
const NO_CONNECTION = { retryable: true, notSent: true }
const LOST = { retryable: true, notSent: false }

const BY_CODE: Readonly<Record<string, Failure>> = {
  ENOTFOUND: { code: 'dns_failed', what: 'its name is not known. Check the host in the base URL', ...LOCAL },
  EAI_AGAIN: { code: 'dns_failed', what: 'its name could not be looked up just now', ...NO_CONNECTION },
  ECONNREFUSED: { code: 'connection_refused', what: 'nothing listens there', ...NO_CONNECTION },
  EHOSTUNREACH: { code: 'connection_failed', what: 'there is no route to it', ...NO_CONNECTION },
  ENETUNREACH: { code: 'connection_failed', what: 'the network is not reachable', ...NO_CONNECTION },
  ETIMEDOUT: { code: 'connect_timeout', what: 'no connection came about in time', ...NO_CONNECTION },
  UND_ERR_CONNECT_TIMEOUT: {
    code: 'connect_timeout',
    what: 'no connection came about in time',
    ...NO_CONNECTION,
  },
  UND_ERR_HEADERS_TIMEOUT: { code: 'response_timeout', what: 'it did not begin to answer in time', ...LOST },
  UND_ERR_BODY_TIMEOUT: { code: 'response_timeout', what: 'its answer stopped half-way', ...LOST },
}

/** Turns whatever a socket, TLS or undici reports into a {@link ConnectionError} that says where and what to do next. */
export function describeConnectionFailure(error: unknown, authority: string, sent: boolean): ConnectionError {
  const { code, what, retryable, notSent } = classify(error, sent)
  return new ConnectionError(code, `No answer from ${authority}: ${what}.`, {
    retryable,
    notSent,
    cause: error,
  })
}

function classify(error: unknown, sent: boolean): Failure {
  const systemCode = readCode(error)
  const known = BY_CODE[systemCode]
  if (known !== undefined) return known
  const message = error instanceof Error ? error.message : ''
  if (/HTTP Tunneling|proxy response/i.test(message)) {
    const status = /\((\d{3})\)/.exec(message)?.[1]
    const hint = status === '407' ? ' (407: it wants a user name and password in the proxy URL)' : ''
    return { code: 'proxy_failed', what: `the proxy did not open a tunnel to it${hint}`, ...LOCAL }
  }
  if (
    /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO$|HOSTNAME_MISMATCH)/.test(
      systemCode,
    )
  ) {
    return { code: 'tls_failed', what: `TLS failed (${systemCode}). ${TLS_HINT}`, ...LOCAL }
  }
  if (!sent)
    return { code: 'connection_failed', what: `no connection came about (${systemCode})`, ...NO_CONNECTION }
  return { code: 'connection_lost', what: `the connection broke (${systemCode})`, ...LOST }
}

const TLS_HINT = 'Set caBundle when a proxy or the platform uses a certificate authority of its own'

function readCode(error: unknown): string {
  // Happy eyeballs reports one error for each address; the first one says as much as all of them.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error
  const code = first instanceof Error && 'code' in first ? first.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : 'unknown reason'
}
