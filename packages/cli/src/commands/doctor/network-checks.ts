import { EXIT } from '../../exit-code.js'
import { type Check, failed, passed, skipped, warned } from './check.js'
import type { Probe } from './probe.js'

/** The verifier's window is 300 s to either side. */
const MAX_SKEW_SECONDS = 300
const NOTABLE_SKEW_SECONDS = 30
const NOTABLE_DAYS = 14
const DAY_MS = 86_400_000
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** DNS, TLS and connection, as a probe found them. */
export function checkNetwork(
  url: URL,
  { addresses, tls, fault, missingAuthority }: Probe,
  now: Date,
): Check[] {
  if ('fault' in addresses) {
    const fix = 'check the host in the base URL and the name server; behind a proxy set HTTPS_PROXY'
    return [
      failed('dns', `${url.hostname} is not known (${addresses.fault})`, fix, EXIT.environment),
      skipped('tls', 'no address to connect to'),
      skipped('connection', 'no address to connect to'),
    ]
  }
  return [
    passed('dns', `${url.hostname} is ${addresses.join(', ')}`),
    checkTls(url, { tls, fault, missingAuthority }, now),
    checkConnection(url, fault),
  ]
}

function checkTls(
  url: URL,
  { tls, fault, missingAuthority }: Pick<Probe, 'tls' | 'fault' | 'missingAuthority'>,
  now: Date,
): Check {
  if (url.protocol === 'http:') {
    return LOOPBACK.test(url.hostname)
      ? skipped('tls', 'plain http to this machine')
      : warned('tls', 'plain http: everybody on the way can read the orders', 'use an https base URL')
  }
  if (tls === undefined) {
    if (!isTlsFault(fault)) return skipped('tls', 'no connection')
    if (missingAuthority !== undefined) {
      const detail = `the chain ends in "${missingAuthority}", which is not trusted here (${fault})`
      const how = `if that is a CA of your company or of the platform: partner-cli configure set ca-bundle FILE (its certificate, PEM), or --ca-bundle FILE`
      return failed('tls', detail, how, EXIT.environment)
    }
    const fix = 'if a company proxy or the platform has a CA of its own, name it with --ca-bundle FILE'
    return failed('tls', `the certificate is not accepted (${fault})`, fix, EXIT.environment)
  }
  const days = Math.floor((tls.validTo.getTime() - now.getTime()) / DAY_MS)
  const detail = `${tls.protocol}, certificate by ${tls.issuer}, valid for ${days} more days`
  return days < NOTABLE_DAYS
    ? warned('tls', detail, 'the platform has to renew it soon')
    : passed('tls', detail)
}

function checkConnection(url: URL, fault: string | undefined): Check {
  if (fault === undefined) return passed('connection', `${url.origin} answers`)
  if (isTlsFault(fault)) return skipped('connection', 'TLS failed')
  const what = fault === 'ECONNREFUSED' ? 'nothing listens there' : `no answer (${fault})`
  const fix =
    'check the port in the base URL, firewalls, and whether the platform is up; behind a proxy set HTTPS_PROXY'
  return failed('connection', `${url.origin}: ${what}`, fix, EXIT.temporary)
}

/** The difference of the clocks, positive when this machine is ahead. */
export function checkClock(clock: { readonly server: Date; readonly local: Date } | undefined): Check {
  if (clock === undefined) return skipped('clock', 'the server told no time')
  const seconds = (clock.local.getTime() - clock.server.getTime()) / 1000
  const size = Math.abs(seconds)
  // The server's Date has no fraction of a second.
  const detail =
    size < 1.5
      ? 'agrees with the server'
      : `${Math.round(size)} s ${seconds > 0 ? 'ahead of' : 'behind'} the server`
  const fix = 'set the clock of this machine (NTP: timedatectl set-ntp true)'
  if (size > MAX_SKEW_SECONDS) {
    return failed('clock', `${detail} (limit ${MAX_SKEW_SECONDS} s)`, fix, EXIT.environment)
  }
  return size > NOTABLE_SKEW_SECONDS
    ? warned('clock', `${detail} (limit ${MAX_SKEW_SECONDS} s)`, fix)
    : passed('clock', detail)
}

function isTlsFault(fault: string | undefined): boolean {
  return (
    fault !== undefined && /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO$)/.test(fault)
  )
}
