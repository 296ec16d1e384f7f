import { readFile } from 'node:fs/promises'
import { CliError, systemErrorCode } from './errors.js'
import { EXIT } from './exit-code.js'

/**
 * Reads the PEM file of `--ca-bundle`.
 *
 * @throws CliError `ca_bundle_unreadable` (exit 10)
 */
export async function readCaBundle(path: string): Promise<string> {
  let fault = 'holds no certificate in PEM form'
  let cause: unknown
  try {
    const text = await readFile(path, 'utf8')
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  } catch (error) {
    fault = `cannot be read (${systemErrorCode(error) ?? 'unknown error'})`
    cause = error
  }
  throw new CliError('ca_bundle_unreadable', EXIT.environment, `The CA bundle ${path} ${fault}.`, {
    next: 'check --ca-bundle and PARTNER_CA_BUNDLE',
    cause,
  })
}
