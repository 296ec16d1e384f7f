import { type Context, IMPATIENT_ATTEMPTS } from '../../context.js'
import { EXIT, type ExitCode } from '../../exit-code.js'

/** `auth test`: whether the platform accepts the credential, and as whom. */
export async function runTest(context: Context): Promise<ExitCode> {
  const client = await context.client(IMPATIENT_ATTEMPTS)
  const caller = await client.whoami(context.signal)
  const { partner, credentialId, scheme, scopes, environment, api } = caller
  await context.output.result(
    { schema: 'partner-cli.auth-test/1', ...caller },
    () =>
      `Accepted as partner ${partner}: credential ${credentialId} (${scheme}) for ${api} in ${environment}.\nscopes: ${scopes.join(', ') || 'none'}`,
  )
  return EXIT.ok
}
