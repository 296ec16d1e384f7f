import type { Context } from '../../context.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import type { StoredCredential } from './store-credential.js'

/** Says what was stored and where. */
export async function reportStored(
  context: Context,
  schema: string,
  name: string,
  { settings, profile, store, secretFile, replaced }: StoredCredential,
  loginEnds?: Date | undefined,
): Promise<ExitCode> {
  const isCurrent = settings.currentProfile === name
  const { baseUrl, environment, api, auth, keyId, clientId, partner } = profile
  await context.output.result(
    {
      schema,
      profile: name,
      isCurrent,
      baseUrl,
      environment,
      api,
      partner: partner ?? null,
      auth,
      keyId: keyId ?? clientId ?? null,
      settingsFile: settings.path,
      store,
      secretFile: secretFile ?? null,
      replaced: replaced ?? null,
      ...(loginEnds === undefined ? {} : { loginEnds: loginEnds.toISOString() }),
    },
    () => {
      const place =
        store === 'keychain'
          ? 'in the keychain'
          : secretFile === undefined
            ? 'not stored here'
            : `in ${secretFile} (0600)`
      const lines = [
        `Stored profile ${name}${isCurrent ? '' : ' (use it with --profile)'}: ${describeCredential(profile)} for ${api} in ${environment} at ${baseUrl}`,
        loginEnds === undefined
          ? `The secret is ${place}, the rest in ${settings.path}`
          : `Logged in until ${loginEnds.toISOString()}; the settings are in ${settings.path}`,
      ]
      if (replaced !== undefined)
        lines.push(`The former credential ${replaced} is kept: partner-cli auth rollback`)
      lines.push(`Next: partner-cli doctor${isCurrent ? '' : ` --profile ${name}`}`)
      return lines.join('\n')
    },
  )
  return EXIT.ok
}

function describeCredential({ auth, keyId = '', clientId = '' }: StoredCredential['profile']): string {
  return (
    { hmac: 'key', 'api-key': 'API key', 'http-signature': 'signature key', oauth: 'OAuth client' }[
      auth ?? 'hmac'
    ]?.concat(' ', auth === 'oauth' ? clientId : keyId) ?? keyId
  )
}
