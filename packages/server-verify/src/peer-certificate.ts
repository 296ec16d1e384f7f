import { createHash, X509Certificate } from 'node:crypto'
import { VerificationError } from './errors.js'
import type { IncomingRequest } from './incoming-request.js'
import { type IpRange, isInAnyRange, parseIpAddress } from './ip-address.js'
import type { RequestHeaders } from './request-headers.js'

/** Who may tell the client's certificate in a header. */
export interface CertificateSource {
  /** Whether the proxies below verify client certificates and set `Client-Cert` themselves. */
  readonly clientCertHeader: boolean
  readonly trustedProxies: readonly IpRange[]
}

// The names of one certificate that are looked up.
const MAX_NAMES = 8
// RFC 9440 §2.1: a byte sequence (RFC 8941 §3.3.5), canonical base64.
const BYTE_SEQUENCE = /^:((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?):$/

/** The certificate that the other end of the connection has proved to hold. */
export class PeerCertificate {
  /** Its chain was verified too, not only that the peer holds the key. */
  readonly authorized: boolean
  readonly #der: Uint8Array
  #sha256: string | undefined

  constructor(der: Uint8Array, authorized: boolean) {
    this.#der = der
    this.authorized = authorized
  }

  /** SHA-256 thumbprint, 64 lower-case hex digits. */
  get sha256(): string {
    return (this.#sha256 ??= createHash('sha256').update(this.#der).digest('hex'))
  }

  /**
   * Subject alternative names as node:crypto writes them, e.g. `DNS:push.acme.example`; none of a chain that was not
   * verified, and none with a quote or comma, which node escapes: such a name could be read as two.
   */
  get subjectAltNames(): readonly string[] {
    if (!this.authorized) return []
    const text = readSubjectAltName(this.#der)
    if (text === undefined || text.includes('"')) return []
    return text.split(', ').slice(0, MAX_NAMES)
  }
}

/**
 * The client's certificate: from the TLS socket, or from `Client-Cert` (RFC 9440) of a trusted proxy. From anybody
 * else that header is refused: dropping it in silence would hide that a proxy is not trusted.
 *
 * @throws VerificationError `header_invalid`
 */
export function readPeerCertificate(
  { peer }: IncomingRequest,
  headers: RequestHeaders,
  { clientCertHeader, trustedProxies }: CertificateSource,
): PeerCertificate | undefined {
  const value = headers.get('client-cert')
  if (value === undefined) {
    const { certificate, certificateAuthorized } = peer
    return certificate && new PeerCertificate(certificate, certificateAuthorized === true)
  }
  const address = clientCertHeader ? parseIpAddress(peer.address) : undefined
  if (address === undefined || !isInAnyRange(address, trustedProxies))
    throw refuse('The header Client-Cert is accepted from trusted proxies only. Do not send it.')
  const encoded = BYTE_SEQUENCE.exec(value.trim())?.[1]
  if (encoded === undefined || encoded === '')
    throw refuse('The header Client-Cert must be one byte sequence, :base64: (RFC 9440).')
  return new PeerCertificate(Buffer.from(encoded, 'base64'), true)
}

function readSubjectAltName(der: Uint8Array): string | undefined {
  try {
    return new X509Certificate(der).subjectAltName
  } catch {
    // Bytes that are no certificate have no names. A proxy that sends such does not make it our outage.
    return undefined
  }
}

function refuse(message: string): VerificationError {
  return new VerificationError('header_invalid', { part: 'client-cert', message })
}
