import { issueCredential } from '../../credential-life/issue-credential.js'
import type { CredentialProof } from '../../credential-life/new-credential.js'
import { findBaseUrl } from '../base-url.js'
import { CommandError } from '../command-error.js'
import type { Context } from '../context.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import { handOver } from '../hand-over.js'
import { readThumbprint, toRestrictions } from '../restriction-options.js'
import type { IssueOptions } from './command.js'

/** `issue`. */
export async function runIssue(context: Context, options: IssueOptions): Promise<ExitCode> {
  const { partner, kind, out, certificate, reason } = options
  assertOptionsOfKind(options)
  const baseUrl = findBaseUrl(context.env, options.baseUrl)
  const thumbprint = certificate === undefined ? undefined : await readThumbprint(certificate)
  const bound = kind === 'client-certificate' || thumbprint === undefined ? undefined : [thumbprint]
  const restrictions = toRestrictions(partner, options, bound, context.now())
  const registry = await context.registry('secrets')
  await handOver(
    context,
    { out, baseUrl },
    () =>
      issueCredential(registry, restrictions, createProof(options, thumbprint), {
        actor: context.actor,
        reason,
        now: context.now,
      }),
    ({ credential }) => [`Issued ${credential.keyId} (${kind}) for ${partner} in ${credential.environment}.`],
  )
  return EXIT.ok
}

function createProof(
  { kind, issuer = '', subject = '', subjectAltName = '' }: IssueOptions,
  thumbprint: string | undefined,
): CredentialProof {
  if (kind === 'access-token') return { kind, issuer, subject }
  if (kind === 'client-certificate') return { kind, identity: thumbprint ?? subjectAltName }
  return { kind }
}

function assertOptionsOfKind({ kind, issuer, subject, certificate, subjectAltName }: IssueOptions): void {
  const isToken = kind === 'access-token'
  if (isToken !== (issuer !== undefined) || isToken !== (subject !== undefined))
    throw usage('--issuer and --subject go with --kind access-token, and it needs both.')
  const isCertificate = kind === 'client-certificate'
  if (!isCertificate && subjectAltName !== undefined)
    throw usage('--subject-alt-name goes with --kind client-certificate.')
  if (isCertificate && (certificate === undefined) === (subjectAltName === undefined))
    throw usage('--kind client-certificate needs --certificate or --subject-alt-name, one of them.')
}

function usage(message: string): CommandError {
  return new CommandError('usage', EXIT.usage, message, { next: 'server-verify issue --help' })
}
