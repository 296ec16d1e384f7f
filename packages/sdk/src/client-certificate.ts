import { UsageError } from './errors.js'
import { Secret, type SecretSource } from './secret.js'

/** The certificate that the client shows when a server asks for one (mutual TLS). */
export type ClientCertificateOptions = {
  /** For an encrypted key. */
  readonly passphrase?: SecretSource | undefined
} & (
  | {
      /** PEM file with the certificate and the chain above it. Read again when it changes: no restart is needed. */
      readonly certificateFile: string
      /** PEM file with the private key. */
      readonly keyFile: string
    }
  | {
      /** PEM. */
      readonly certificate: string
      /** PEM. */
      readonly key: SecretSource
    }
)

/** A certificate and its key, as TLS wants them. */
export interface LoadedCertificate {
  readonly cert: string
  readonly key: Secret
  readonly passphrase: Secret | undefined
  /** SHA-256 of the certificate, in hex. */
  readonly thumbprint: string
}

/** So often the files are looked at, at most. */
const CHECK_INTERVAL_MS = 1000

/** Loads the client certificate, and loads it again when its files change. */
export class ClientCertificate {
  readonly #options: ClientCertificateOptions
  #current: LoadedCertificate | undefined
  #stamp = ''
  #checkedAt = Number.NEGATIVE_INFINITY
  #checking: Promise<LoadedCertificate> | undefined

  constructor(options: ClientCertificateOptions) {
    this.#options = options
  }

  /**
   * The certificate as it is now; the same object as long as nothing changed.
   *
   * @throws UsageError `client_certificate_invalid`, when there never was one that can be used. A half-finished exchange
   * of the files is no failure: the former certificate stays in use.
   */
  async get(): Promise<LoadedCertificate> {
    if (this.#current !== undefined && performance.now() - this.#checkedAt < CHECK_INTERVAL_MS)
      return this.#current
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined
    })
    return this.#checking
  }

  async #check(): Promise<LoadedCertificate> {
    try {
      const stamp = await this.#readStamp()
      if (this.#current === undefined || stamp !== this.#stamp) {
        this.#current = await this.#load()
        this.#stamp = stamp
      }
    } catch (error) {
      if (this.#current === undefined) throw error
    }
    this.#checkedAt = performance.now()
    return this.#current
  }

  async #readStamp(): Promise<string> {
    if (!('certificateFile' in this.#options)) return 'fixed'
    const { stat } = await import('node:fs/promises')
    const { certificateFile, keyFile } = this.#options
    const both = await Promise.all([certificateFile, keyFile].map(path => stat(path).catch(refuseFile(path))))
    return both.map(stats => `${stats.mtimeMs} ${stats.size} ${stats.ino}`).join(' ')
  }

  async #load(): Promise<LoadedCertificate> {
    const [{ X509Certificate }, { createSecureContext }] = await Promise.all([
      import('node:crypto'),
      import('node:tls'),
    ])
    const { cert, key } = await this.#readPair()
    const passphrase = await reveal(this.#options.passphrase)
    try {
      // Refuses a key that is not the certificate's, too.
      createSecureContext({ cert, key: key.reveal(), passphrase: passphrase?.reveal() })
      const thumbprint = new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase()
      return { cert, key, passphrase, thumbprint }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
      const message = `The client certificate cannot be used${code}. Certificate and key must be PEM, and belong together.`
      throw new UsageError('client_certificate_invalid', message)
    }
  }

  async #readPair(): Promise<{ cert: string; key: Secret }> {
    const options = this.#options
    if (!('certificateFile' in options))
      return { cert: options.certificate, key: (await reveal(options.key)) ?? new Secret('') }
    const { readFile } = await import('node:fs/promises')
    const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(refuseFile(path))
    const [cert, key] = await Promise.all([read(options.certificateFile), read(options.keyFile)])
    return { cert, key: new Secret(key) }
  }
}

function refuseFile(path: string): (error: NodeJS.ErrnoException) => never {
  return ({ code }) => {
    throw new UsageError('client_certificate_invalid', `The file ${path} cannot be read (${code}).`)
  }
}

async function reveal(source: SecretSource | undefined): Promise<Secret | undefined> {
  const value = typeof source === 'function' ? await source() : source
  return value === undefined || value instanceof Secret ? value : new Secret(value)
}
