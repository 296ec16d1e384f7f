// A certificate authority and identities under it, by openssl, for tests that speak TLS.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Identity {
  /** PEM. */
  readonly certificate: string
  readonly key: string
  /** SHA-256 of the DER form as openssl prints it, lower-case hex. */
  readonly sha256: string
}

export interface TlsIdentities {
  /** PEM, signs itself. */
  readonly ca: string
  /** For `localhost` and 127.0.0.1. */
  readonly server: Identity
  /** With the name `DNS:push.acme.example`. */
  readonly acme: Identity
  /** With the name `DNS:push.globex.example`. */
  readonly globex: Identity
  /** Signed by nobody but itself, with the name of `acme`. */
  readonly selfSigned: Identity
}

/** `undefined` when there is no openssl here (never in CI); the reason is printed. */
export function createTlsIdentities(): TlsIdentities | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-tls-'))
  const openssl = (...args: string[]): string => {
    const run = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' })
    if (run.status !== 0) throw run.error ?? new Error(`openssl ${args[0]} failed: ${run.stderr}`)
    return run.stdout
  }
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const issue = (name: string, subject: string, names: string, ca: readonly string[]): Identity => {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`]
    openssl(
      'req',
      '-x509',
      ...newKey,
      ...files,
      ...ca,
      '-subj',
      subject,
      '-addext',
      `subjectAltName=${names}`,
    )
    const fingerprint = openssl('x509', '-in', `${name}.pem`, '-noout', '-fingerprint', '-sha256')
    const sha256 = fingerprint.trim().split('=')[1]!.replaceAll(':', '').toLowerCase()
    return { certificate: read(`${name}.pem`), key: read(`${name}.key`), sha256 }
  }
  try {
    openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test CA')
    const byCa = ['-CA', 'ca.pem', '-CAkey', 'ca.key']
    return {
      ca: read('ca.pem'),
      server: issue('server', '/CN=localhost', 'DNS:localhost,IP:127.0.0.1', byCa),
      acme: issue('acme', '/CN=acme', 'DNS:push.acme.example', byCa),
      globex: issue('globex', '/CN=globex', 'DNS:push.globex.example', byCa),
      selfSigned: issue('self', '/CN=acme', 'DNS:push.acme.example', []),
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || process.env['CI'] !== undefined) throw error
    console.log('skipped: openssl is not installed, so there are no certificates to test with')
    return undefined
  } finally {
    rmSync(folder, { recursive: true })
  }
}
