import { createHash, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CredentialRestrictions } from '../credential-life/restrictions.js'
import { CommandError } from './command-error.js'
import { EXIT } from './exit-code.js'
import { parseDuration, parseMoment } from './parse-moment.js'

/** What the options below say, as commander gives it. */
export interface RestrictionFlags {
  readonly environment: string
  readonly api: string
  readonly scope?: readonly string[] | undefined
  readonly role?: readonly string[] | undefined
  readonly restrictTo?: readonly string[] | undefined
  readonly ip?: readonly string[] | undefined
  readonly notBefore?: string | undefined
  readonly notAfter?: string | undefined
  readonly requires?: readonly 'client-certificate'[] | undefined
}

/** Adds the options that say what a credential may do. */
export function addRestrictionOptions(command: Command): Command {
  return command
    .requiredOption('--environment <name>', 'where it is valid: live, sandbox …')
    .option('--api <name>', 'the one API that it opens', 'orders')
    .option('--scope <scope>', 'what it may do; may be given again', collect)
    .option('--role <role>', 'a role whose scopes it has; may be given again', collect)
    .option('--restrict-to <scope>', 'of all these, at most this; may be given again', collect)
    .option('--ip <cidr>', 'valid from this address or range only; may be given again', collect)
    .option('--not-before <moment>', 'valid from then on: 2027-01-01T00:00:00Z, or 2d from now', checkMoment)
    .option(
      '--not-after <moment>',
      'not valid from then on: 2027-01-01T00:00:00Z, or 90d from now',
      checkMoment,
    )
    .addOption(
      new Option('--requires <layer>', 'what must be proved on top; may be given again')
        .choices(['client-certificate'])
        .argParser((value: string, earlier: readonly string[] | undefined) => {
          if (value !== 'client-certificate') throw new InvalidArgumentError('Allowed: client-certificate.')
          return collect(value, earlier)
        }),
    )
}

/** @param thumbprints of client certificates that it is bound to */
export function toRestrictions(
  partnerId: string,
  flags: RestrictionFlags,
  thumbprints: readonly string[] | undefined,
  now: number,
): CredentialRestrictions {
  const { environment, api, scope, role, restrictTo, ip, notBefore, notAfter, requires } = flags
  return {
    partnerId,
    environment,
    api,
    scopes: scope ?? [],
    roles: role,
    restrictedTo: restrictTo,
    ipAllowList: ip,
    notBefore: notBefore === undefined ? undefined : parseMoment(notBefore, now),
    notAfter: notAfter === undefined ? undefined : parseMoment(notAfter, now),
    requires,
    certificates: thumbprints,
  }
}

/**
 * The SHA-256 thumbprint of a certificate.
 *
 * @param path PEM or DER
 * @throws CommandError `certificate_invalid` (exit 2), the system's error
 */
export async function readThumbprint(path: string): Promise<string> {
  const bytes = await readFile(path)
  try {
    return createHash('sha256').update(new X509Certificate(bytes).raw).digest('hex')
  } catch (error) {
    throw new CommandError('certificate_invalid', EXIT.usage, `${path} holds no certificate (PEM or DER).`, {
      next: 'give the partner’s certificate, never its private key',
      cause: error,
    })
  }
}

export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value]
}

/** Read for its faults only: what it is depends on the clock, which the run has. */
export function checkMoment(text: string): string {
  parseMoment(text, 0)
  return text
}

export function checkDuration(text: string): number {
  return parseDuration(text)
}
