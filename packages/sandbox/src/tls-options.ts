import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'

/** Files by which the sandbox speaks TLS. */
export interface TlsFiles {
  /** The server's certificate and what leads to its CA, PEM. */
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
  /** Certificate authorities of clients, PEM. */
  readonly clientCa?: string | undefined
}

/** As node:https takes them. Client certificates are asked for; the verifier decides who is let in. */
export interface TlsServerOptions {
  readonly cert: Buffer
  readonly key: Buffer
  readonly ca?: Buffer
  readonly requestCert: true
  readonly rejectUnauthorized: false
}

/** The files for TLS do not fit together, or cannot be read; the message says which. */
export class TlsFilesError extends Error {
  override readonly name = 'TlsFilesError' as const
}

/**
 * @returns `undefined` without a certificate: plain HTTP
 * @throws TlsFilesError
 */
export function readTlsFiles({ tlsCert, tlsKey, clientCa }: TlsFiles): TlsServerOptions | undefined {
  if (tlsCert === undefined && tlsKey === undefined) {
    if (clientCa !== undefined)
      throw new TlsFilesError('--client-ca needs TLS: give --tls-cert and --tls-key, too.')
    return undefined
  }
  if (tlsCert === undefined || tlsKey === undefined)
    throw new TlsFilesError('--tls-cert and --tls-key belong together: give both.')
  const options = {
    cert: read('--tls-cert', tlsCert),
    key: read('--tls-key', tlsKey),
    ...(clientCa === undefined ? {} : { ca: read('--client-ca', clientCa) }),
  }
  try {
    createSecureContext(options)
  } catch (error) {
    throw new TlsFilesError(
      `${tlsCert} and ${tlsKey} are no certificate and its key (PEM): ${error instanceof Error ? error.message : String(error)}.`,
    )
  }
  return { ...options, requestCert: true, rejectUnauthorized: false }
}

function read(flag: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new TlsFilesError(`${flag}: ${file} cannot be read (${String(code)}).`)
  }
}
