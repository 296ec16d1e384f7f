import { readBearerHeaders } from '../bearer-headers.js'
import type { ClientCertificateCredential } from '../credential.js'
import type { CredentialStore } from '../credential-store.js'
import { certificateKeyId } from '../derived-key-id.js'
import { VerificationError } from '../errors.js'
import type { ParsedRequest } from '../parsed-request.js'
import type { PeerCertificate } from '../peer-certificate.js'
import type {
  Authenticated,
  PreparedScheme,
  SchemeAttempt,
  VerificationScheme,
} from './verification-scheme.js'

/**
 * Client certificates as the only proof: by SHA-256 thumbprint, or by a subject alternative name of a certificate
 * whose chain the TLS server (or the trusted proxy that sends `Client-Cert`, RFC 9440) has verified. Used only when a
 * request presents nothing else; for a certificate on top of something else see `CredentialBase.requires`.
 *
 * @example
 * ```ts
 * import { clientCertificate } from '@countersign/server-verify'
 *
 * console.log(clientCertificate().name) // client-certificate
 * ```
 */
export function clientCertificate(): VerificationScheme {
  return {
    name: 'client-certificate',
    prepare: ({ credentials }) => new ClientCertificateScheme(credentials),
  }
}

class ClientCertificateScheme implements PreparedScheme {
  readonly name = 'client-certificate' as const
  // Nothing that a header could offer.
  readonly challenges: readonly string[] = []
  readonly #credentials: CredentialStore

  constructor(credentials: CredentialStore) {
    this.#credentials = credentials
  }

  find({ certificate }: ParsedRequest): string | undefined {
    return certificate?.sha256
  }

  async authenticate(request: ParsedRequest, sha256: string, attempt: SchemeAttempt): Promise<Authenticated> {
    attempt.waitingFor = 'credential store'
    const credential =
      (await this.#find(sha256, ({ certificates }) => certificates?.includes(sha256) === true)) ??
      (await this.#findByName(request.certificate))
    attempt.waitingFor = undefined
    if (credential === undefined)
      throw new VerificationError('invalid_credentials', { detail: 'unknown_certificate' })
    attempt.authenticated(credential)
    attempt.hashBody()
    return { credential, signedHeaders: () => readBearerHeaders(request), claim: undefined }
  }

  async #findByName(
    certificate: PeerCertificate | undefined,
  ): Promise<ClientCertificateCredential | undefined> {
    for (const name of certificate?.subjectAltNames ?? []) {
      const found = await this.#find(name, ({ subjectAltName }) => subjectAltName === name)
      if (found !== undefined) return found
    }
    return undefined
  }

  // The derived key id finds it; what it says itself decides.
  async #find(
    identity: string,
    fits: (credential: ClientCertificateCredential) => boolean,
  ): Promise<ClientCertificateCredential | undefined> {
    const found = await this.#credentials.findByKeyId(certificateKeyId(identity))
    return found?.kind === 'client-certificate' && fits(found) ? found : undefined
  }
}
