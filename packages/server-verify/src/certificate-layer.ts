import type { Credential } from './credential.js'
import { VerificationError } from './errors.js'
import type { PeerCertificate } from './peer-certificate.js'

/**
 * What a credential asks of the connection on top of its own proof: one of the certificates it is bound to, or any
 * that the server's CA vouches for.
 *
 * @throws VerificationError `certificate_required`, `certificate_mismatch`
 */
export function assertCertificateLayer(
  { certificates, requires }: Credential,
  certificate: PeerCertificate | undefined,
): void {
  const needed = requires?.includes('client-certificate') === true
  if (certificates === undefined && !needed) return
  if (certificate === undefined) throw new VerificationError('certificate_required')
  const matches =
    certificates === undefined ? certificate.authorized : certificates.includes(certificate.sha256)
  if (!matches) throw new VerificationError('certificate_mismatch')
}
