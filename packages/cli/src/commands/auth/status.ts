import type { Context } from '../../context.js'
import { EXIT, type ExitCode } from '../../exit-code.js'

/** `auth status`: which credential is used and where its secret comes from. Asks nobody but this machine. */
export async function runStatus(context: Context): Promise<ExitCode> {
  const connection = await context.connection()
  const { profile, auth, keyId, environment, api, baseUrl, clientCertificate } = connection
  const { source, kind } = await context.secret()
  const { previous } = await context.settings()
  const former = profile === undefined ? undefined : previous[profile]
  const formerId = former?.keyId ?? former?.clientId
  await context.output.result(
    {
      schema: 'partner-cli.auth-status/1',
      profile: profile ?? null,
      auth,
      keyId,
      environment,
      api,
      baseUrl,
      secret: { source, kind },
      clientCertificate: clientCertificate?.certificateFile ?? null,
      previous: formerId ?? null,
    },
    () =>
      [
        `profile      ${profile ?? '(none: from the environment)'}`,
        `credential   ${auth}, ${keyId}`,
        `for          ${api} in ${environment} at ${baseUrl}`,
        `secret from  ${source}`,
        ...(clientCertificate === undefined ? [] : [`certificate  ${clientCertificate.certificateFile}`]),
        ...(formerId === undefined ? [] : [`former one   ${formerId} (partner-cli auth rollback)`]),
      ].join('\n'),
  )
  return EXIT.ok
}
