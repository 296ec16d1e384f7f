import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TlsFiles {
  /** PEM, signs itself. */
  readonly ca: string
  /** PEM, for `localhost` and 127.0.0.1, signed by `ca`. */
  readonly certificate: string
  readonly key: string
  /** A certificate for a client, signed by itself. */
  readonly client: KeyedCertificate
  /** The one that takes its place. */
  readonly nextClient: KeyedCertificate
}

export interface KeyedCertificate {
  readonly certificate: string
  readonly key: string
}

/** A certificate authority of its own and one certificate; undefined when there is no openssl here (never in CI). */
export function createTlsFiles(): TlsFiles | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-tls-'))
  const openssl = (...args: string[]): boolean => {
    const run = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' })
    if (run.error !== undefined && process.env['CI'] === undefined) return false
    if (run.status !== 0) throw new Error(`openssl ${args[0]} failed: ${run.error?.message ?? run.stderr}`)
    return true
  }
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  try {
    if (!openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test CA')) {
      console.log('skipped: openssl is not installed, so there is no certificate to test TLS with')
      return undefined
    }
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      'leaf.key',
      '-out',
      'leaf.pem',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      ...name,
    )
    for (const client of ['client', 'next'])
      openssl(
        'req',
        '-x509',
        ...newKey,
        '-keyout',
        `${client}.key`,
        '-out',
        `${client}.pem`,
        '-subj',
        `/CN=${client}`,
      )
    const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
    const readPair = (name: string): KeyedCertificate => ({
      certificate: read(`${name}.pem`),
      key: read(`${name}.key`),
    })
    return {
      ca: read('ca.pem'),
      ...readPair('leaf'),
      client: readPair('client'),
      nextClient: readPair('next'),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
