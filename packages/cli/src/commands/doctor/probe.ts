import { lookup } from 'node:dns/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { connect, type DetailedPeerCertificate, rootCertificates, type TLSSocket } from 'node:tls'
import { systemErrorCode } from '../../errors.js'

/** How far a bare, unsigned request came. */
export interface Probe {
  /** Addresses of the host, or the system's error code. */
  readonly addresses: readonly string[] | { readonly fault: string }
  /** Only for https, once the handshake is done. */
  readonly tls?: { readonly protocol: string; readonly issuer: string; readonly validTo: Date } | undefined
  /** With a TLS fault: the name in which the chain of the server ends, which nobody here trusts. */
  readonly missingAuthority?: string | undefined
  /** The answer's Date, and ours half-way between asking and being answered. */
  readonly clock?: { readonly server: Date; readonly local: Date } | undefined
  /** Why there was no answer: a system or TLS error code. */
  readonly fault?: string | undefined
}

export interface ProbeOptions {
  /** PEM, trusted in addition. */
  readonly caBundle: string | undefined
  readonly timeoutMs: number
  readonly now: () => Date
}

/** Asks a URL without a credential, only to see how far one gets. Never throws. */
export async function probe(url: URL, options: ProbeOptions): Promise<Probe> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  try {
    const addresses =
      isIP(host) === 0 ? (await lookup(host, { all: true })).map(({ address }) => address) : [host]
    const found = await ask(url, options)
    const isUntrusted = found.fault !== undefined && /SELF_SIGNED|UNABLE_TO_|DEPTH_ZERO/.test(found.fault)
    const missingAuthority = isUntrusted ? await findMissingAuthority(url, host, options) : undefined
    return { addresses, ...found, missingAuthority }
  } catch (error) {
    return { addresses: { fault: systemErrorCode(error) ?? 'unknown error' } }
  }
}

function ask(url: URL, { caBundle, timeoutMs, now }: ProbeOptions): Promise<Omit<Probe, 'addresses'>> {
  return new Promise(resolve => {
    let tls: Probe['tls']
    const start = now().getTime()
    const options = {
      method: 'GET',
      timeout: timeoutMs,
      agent: false as const,
      headers: { connection: 'close' },
    }
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, {
            ...options,
            ...(caBundle === undefined ? {} : { ca: [...rootCertificates, caBundle] }),
          })
        : httpRequest(url, options)
    request.on('socket', socket => {
      socket.once('secureConnect', () => {
        tls = describeTls(socket as TLSSocket)
      })
    })
    request.on('response', response => {
      const server = new Date(response.headers.date ?? Number.NaN)
      const local = new Date((start + now().getTime()) / 2)
      response.resume()
      resolve({ tls, clock: Number.isNaN(server.getTime()) ? undefined : { server, local } })
    })
    request.on('timeout', () => request.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })))
    request.on('error', error => resolve({ tls, fault: systemErrorCode(error) ?? error.message }))
    request.end()
  })
}

function describeTls(socket: TLSSocket): NonNullable<Probe['tls']> {
  const { issuer, valid_to } = socket.getPeerCertificate()
  const name = issuer?.O ?? issuer?.CN
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    issuer: (Array.isArray(name) ? name.join(', ') : name) ?? 'an unnamed issuer',
    validTo: new Date(valid_to),
  }
}

/** Looks at the chain without trusting it: nothing is sent over this connection. */
function findMissingAuthority(
  url: URL,
  host: string,
  { timeoutMs }: ProbeOptions,
): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect({
      host,
      port: Number(url.port || 443),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: false,
      timeout: timeoutMs,
    })
    const end = (name: string | undefined): void => {
      socket.destroy()
      resolve(name)
    }
    socket.once('secureConnect', () => end(nameTop(socket.getPeerCertificate(true))))
    socket.once('timeout', () => end(undefined))
    socket.once('error', () => end(undefined))
  })
}

function nameTop(leaf: DetailedPeerCertificate): string | undefined {
  let top = leaf
  while (top.issuerCertificate !== undefined && top.issuerCertificate.fingerprint256 !== top.fingerprint256)
    top = top.issuerCertificate
  const { CN, O } = top.issuer ?? {}
  const name = CN ?? O
  return Array.isArray(name) ? name[0] : name
}
