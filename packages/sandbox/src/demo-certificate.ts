import { webcrypto } from 'node:crypto'

/** A client certificate and its key. */
export interface DemoCertificate {
  /** PEM. */
  readonly certificatePem: string
  /** PKCS#8, PEM. */
  readonly privateKeyPem: string
  /** SHA-256 of the certificate (DER), 64 lower-case hex digits. */
  readonly sha256: string
}

const DAY_MS = 86_400_000

/**
 * A certificate that signs itself, for the demo partner: it is known by its thumbprint, so nobody needs to vouch for
 * it. A new one at each start.
 */
export async function createDemoCertificate(commonName: string, nowMs: number): Promise<DemoCertificate> {
  // Loaded here: only a sandbox that speaks TLS needs them, and the second one needs the first.
  await import('reflect-metadata')
  const { PemConverter, X509CertificateGenerator } = await import('@peculiar/x509')
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${commonName}`,
      notBefore: new Date(nowMs - DAY_MS),
      notAfter: new Date(nowMs + 365 * DAY_MS),
      signingAlgorithm: algorithm,
      keys,
    },
    webcrypto,
  )
  const thumbprint = await certificate.getThumbprint('SHA-256', webcrypto)
  const privateKey = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    certificatePem: certificate.toString('pem'),
    privateKeyPem: PemConverter.encode(privateKey, 'PRIVATE KEY'),
    sha256: Buffer.from(thumbprint).toString('hex'),
  }
}
