import { rotateCredential } from '../../credential-life/rotate-credential.js'
import { findBaseUrl } from '../base-url.js'
import type { Context } from '../context.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import { handOver } from '../hand-over.js'
import { parseMoment } from '../parse-moment.js'
import { readThumbprint } from '../restriction-options.js'
import type { RotateOptions } from './command.js'

/** `rotate`. */
export async function runRotate(context: Context, options: RotateOptions): Promise<ExitCode> {
  const { keyId, overlap, notAfter, certificate, out, reason } = options
  const baseUrl = findBaseUrl(context.env, options.baseUrl)
  const identity = certificate === undefined ? undefined : await readThumbprint(certificate)
  const registry = await context.registry('secrets')
  await handOver(
    context,
    { out, baseUrl },
    () =>
      rotateCredential(registry, keyId, {
        actor: context.actor,
        reason,
        now: context.now,
        overlapMs: overlap,
        notAfter:
          notAfter === undefined || notAfter === 'never' ? notAfter : parseMoment(notAfter, context.now()),
        proof: identity === undefined ? undefined : { kind: 'client-certificate', identity },
      }),
    ({ credential, oldNotAfter }) => [
      `Issued ${credential.keyId} in place of ${keyId}, which is valid until ${new Date(oldNotAfter).toISOString()}.`,
    ],
  )
  return EXIT.ok
}
