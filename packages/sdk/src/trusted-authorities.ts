import type { LoadedCertificate } from './client-certificate.js'
import { UsageError } from './errors.js'

/**
 * What TLS trusts, the built-in certificate authorities and those of a PEM bundle, and what it shows of itself.
 *
 * @throws UsageError `option_invalid`
 */
export async function createTrust(
  caBundle: string | Uint8Array | undefined,
  own: LoadedCertificate | undefined,
): Promise<import('node:tls').SecureContext> {
  const [{ createSecureContext, rootCertificates }, { X509Certificate }] = await Promise.all([
    import('node:tls'),
    import('node:crypto'),
  ])
  const shown =
    own === undefined ? {} : { cert: own.cert, key: own.key.reveal(), passphrase: own.passphrase?.reveal() }
  if (caBundle === undefined) return createSecureContext(shown)
  const text = typeof caBundle === 'string' ? caBundle : Buffer.from(caBundle).toString('latin1')
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (certificates.length === 0)
    throw new UsageError(
      'option_invalid',
      'caBundle holds no PEM certificate ("-----BEGIN CERTIFICATE-----").',
    )
  for (const [index, certificate] of certificates.entries()) {
    try {
      // OpenSSL passes over a certificate that it cannot read; the TLS failure that follows would not say why.
      new X509Certificate(certificate)
    } catch (cause) {
      throw new UsageError('option_invalid', `Certificate number ${index + 1} of caBundle cannot be read.`, {
        cause,
      })
    }
  }
  return createSecureContext({ ...shown, ca: [...rootCertificates, ...certificates] })
}
