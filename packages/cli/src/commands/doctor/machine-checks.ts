import { createPrivateKey, X509Certificate } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, readFile, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Context } from '../../context.js'
import { CliError, systemErrorCode } from '../../errors.js'
import { EXIT } from '../../exit-code.js'
import { quoteForShell, readPrivateFile } from '../../private-file.js'
import type { Connection } from '../../profile.js'
import { type Check, failed, passed, warned } from './check.js'

const MIB = 1024 * 1024
/** The journal of a million rows is about as large. */
const NOTABLE_FREE = 200 * MIB
const LEAST_FREE = 5 * MIB
const NOTABLE_DAYS = 14
const DAY_MS = 86_400_000

export function checkNode(version: string = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const detail = `Node ${version}`
  const isOld = major < 20 || (major === 20 && minor < 19)
  return isOld
    ? failed('node', `${detail} is too old`, 'install Node 20.19 or newer', EXIT.environment)
    : passed('node', detail)
}

/** The folder of journals: without it no file can be pushed. */
export async function checkState({
  stateDirectory: folder,
}: Pick<Context, 'stateDirectory'>): Promise<Check> {
  const fix = 'set PARTNER_STATE_DIR to a folder you can write to'
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = await statfs(folder)
    const free = bavail * bsize
    const detail = `journals in ${folder}, ${formatSize(free)} free`
    if (free < LEAST_FREE)
      return failed('state', detail, `partner-cli runs prune, or ${fix}`, EXIT.environment)
    return free < NOTABLE_FREE
      ? warned('state', detail, `partner-cli runs prune, or ${fix}`)
      : passed('state', detail)
  } catch (error) {
    const fault = systemErrorCode(error) ?? 'unknown error'
    const own = `mkdir -p ${quoteForShell(dirname(folder))}, or ${fix}`
    return failed('state', `${folder} cannot be written (${fault})`, own, EXIT.environment)
  }
}

/** The client certificate: that it can be read, fits its key, and does not end soon. */
export async function checkClientCertificate(
  files: Connection['clientCertificate'],
  now: Date,
): Promise<Check | undefined> {
  if (files === undefined) return undefined
  const { certificateFile, keyFile } = files
  const fix = 'partner-cli configure set client-cert FILE, and client-key FILE'
  try {
    const certificate = new X509Certificate(await readFile(certificateFile))
    const key = createPrivateKey(await readPrivateFile(keyFile, 'The client key'))
    if (!certificate.checkPrivateKey(key))
      return failed('client-cert', `${keyFile} is not the key of ${certificateFile}`, fix, EXIT.auth)
    const days = Math.floor((new Date(certificate.validTo).getTime() - now.getTime()) / DAY_MS)
    const subject = certificate.subject.replaceAll('\n', ', ')
    if (days < 0) {
      const renew = `get a new certificate, then ${fix}`
      return failed('client-cert', `${subject} ended on ${certificate.validTo}`, renew, EXIT.auth)
    }
    const detail = `${subject}, valid for ${days} more days`
    return days < NOTABLE_DAYS
      ? warned('client-cert', detail, `get a new certificate, then ${fix}`)
      : passed('client-cert', detail)
  } catch (error) {
    if (error instanceof CliError)
      return failed('client-cert', error.message, error.next ?? fix, error.exitCode)
    const fault = systemErrorCode(error) ?? 'no PEM'
    return failed(
      'client-cert',
      `${certificateFile} and ${keyFile} cannot be used (${fault})`,
      fix,
      EXIT.auth,
    )
  }
}

function formatSize(bytes: number): string {
  return bytes >= 1024 * MIB ? `${(bytes / MIB / 1024).toFixed(1)} GiB` : `${Math.floor(bytes / MIB)} MiB`
}
