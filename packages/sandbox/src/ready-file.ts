import { readFileSync, rmSync } from 'node:fs'
import { writePrivateFile } from './atomic-file.js'

/** What a program needs to talk to a running sandbox: where it is, and one credential of each kind. Holds secrets. */
export interface ReadyFile {
  readonly url: string
  readonly environment: 'sandbox'
  readonly api: 'orders'
  readonly partner: 'acme'
  readonly hmac: { readonly keyId: string; readonly secret: string }
  readonly apiKey: string
  /** For RFC 9421 with Ed25519; the key is PKCS#8, PEM. */
  readonly httpSignature: { readonly keyId: string; readonly privateKeyPem: string }
  /** With `webhookUrl` only: what webhooks are signed with. */
  readonly webhook?: { readonly keyId: string; readonly secret: string } | undefined
  /** At the sandbox's own authorization server. */
  readonly oauth?:
    | {
        readonly issuer: string
        readonly clientId: string
        readonly clientSecret: string
        readonly scope: string
        readonly audience: string
        /** The same by `private_key_jwt` (RFC 7523, ES256) instead of a secret; the key is PKCS#8, PEM. */
        readonly assertion: { readonly clientId: string; readonly privateKeyPem: string }
      }
    | undefined
  /** With TLS only; PEM. */
  readonly clientCertificate?: { readonly certificatePem: string; readonly privateKeyPem: string } | undefined
  /** The sandbox's process. */
  readonly pid: number
}

/** Writes it once the sandbox listens: mode 0600, whole or not at all, so that waiting for the name is enough. */
export function writeReadyFile(file: string, ready: ReadyFile): void {
  writePrivateFile(file, `${JSON.stringify(ready, undefined, 2)}\n`)
}

/** Takes it away at a clean stop, unless another sandbox has written its own since. */
export function removeReadyFile(file: string, pid: number): void {
  try {
    const ready: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const isOurs = typeof ready === 'object' && ready !== null && 'pid' in ready && ready.pid === pid
    if (isOurs) rmSync(file, { force: true })
  } catch {
    // Gone or not readable: nothing of ours to take away.
  }
}
