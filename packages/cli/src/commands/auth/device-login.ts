import { setTimeout as delay } from 'node:timers/promises'
import { type AccessToken, type AuthenticationNetwork, type Authenticator, Secret } from '@countersign/sdk'
import { createClient } from '../../client.js'
import { type Context, IMPATIENT_ATTEMPTS } from '../../context.js'
import { addBearer, saveDeviceToken } from '../../device-token.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { resolveConnection } from '../../profile.js'
import { findSettings } from '../../setting-definitions.js'
import type { StoredProfile } from '../../settings.js'
import type { LoginOptions } from './command.js'
import { type DeviceCode, requestDeviceToken } from './device-grant.js'
import { missing } from './login.js'
import { reportStored } from './report-stored.js'
import { storeCredential } from './store-credential.js'

const CLIENT_ID = 'partner-cli'
const LOOPBACK = /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?(\/|$)/

/** `auth login --device`: a person allows it in a browser, and the profile works with their token until that ends. */
export async function runDeviceLogin(
  context: Context,
  options: LoginOptions,
  name: string,
  before: StoredProfile | undefined,
): Promise<ExitCode> {
  const profile = describeProfile(context, options, name, before)
  const { issuer, clientId } = profile
  const settings = { ...(await context.settings()), profiles: { [name]: { ...before, ...profile } } }
  const connection = resolveConnection(settings, {}, { ...context.flags, profile: name })
  const { api, audience } = { audience: undefined, ...profile }
  let token: AccessToken | undefined
  const authenticator = createLoginAuthenticator(connection.environment, async network => {
    token ??= await requestDeviceToken({
      issuer,
      clientId,
      api,
      audience,
      scope: profile.scope,
      // A sandbox on this machine has no certificate.
      allowHttp: LOOPBACK.test(issuer) && profile.environment !== 'live',
      network,
      signal: context.signal,
      now: Date.now,
      wait: (ms, signal) => delay(ms, undefined, { signal }),
      onCode: code => showCode(context, code),
    })
    if (!options.verify) throw NOT_ASKED
    return token
  })
  const environment = await askPlatform(context, connection, authenticator)
  if (token === undefined) throw new CliError('login_missing', EXIT.auth, 'There is no token.')
  const document = {
    source: 'the login',
    profile: { ...profile, environment: profile.environment ?? environment ?? 'live' },
    secret: undefined,
    clientCertificate: undefined,
  }
  await saveDeviceToken(context.tokenDirectory, { profile: name, issuer, clientId }, token)
  const stored = await storeCredential(context, name, document, 'file')
  return reportStored(context, 'partner-cli.auth-login/1', name, stored, new Date(token.expiresAt))
}

/** Thrown in place of a request when the platform is not to be asked: all that was wanted is the way to the network. */
const NOT_ASKED: Error = new Error('not asked')

/** @returns the environment that the platform says it is; undefined: not asked */
async function askPlatform(
  context: Context,
  connection: ReturnType<typeof resolveConnection>,
  authenticator: Authenticator,
): Promise<string | undefined> {
  const { flags, note, signal } = context
  const secret = { value: '', source: 'the login of a person', kind: 'login' } as const
  const surroundings = { flags, interactive: false, note, maxAttempts: IMPATIENT_ATTEMPTS, authenticator }
  const client = await createClient(connection, secret, surroundings)
  try {
    const { partner, credentialId, environment } = await client.whoami(signal)
    await note(`Accepted as partner ${partner}, credential ${credentialId}.`)
    return environment
  } catch (error) {
    if (error === NOT_ASKED) return undefined
    throw error
  } finally {
    await client.close()
  }
}

/** Logs in when the first request is to be sent: so the issuer is reached by the same proxy and authorities as the API. */
function createLoginAuthenticator(
  environment: string,
  login: (network: AuthenticationNetwork) => Promise<AccessToken>,
): Authenticator {
  return {
    environment,
    async authenticate(request, { network }) {
      if (network === undefined) throw new Error('a client lends its network')
      return addBearer(request, new Secret((await login(network)).value))
    },
  }
}

type DeviceProfile = StoredProfile & {
  readonly baseUrl: string
  readonly api: string
  readonly auth: 'oauth'
  readonly issuer: string
  readonly clientId: string
}

/** What is given and what a login before left; the rest of another credential does not count. */
function describeProfile(
  { env, flags }: Context,
  { use = 'oauth', environment, api, partner, issuer, clientId, scope, audience }: LoginOptions,
  name: string,
  before: StoredProfile | undefined,
): DeviceProfile {
  if (use !== 'oauth')
    throw new CliError('usage', EXIT.usage, `A login by --device is of the kind oauth, not ${use}.`, {
      next: 'leave --use out',
    })
  const isAgain = before?.clientAuthentication === 'none'
  const ofPlace = isAgain
    ? before
    : {
        baseUrl: before?.baseUrl,
        environment: before?.environment,
        api: before?.api,
        partner: before?.partner,
      }
  const given = { environment, api, partner, issuer, scope, audience }
  const profile = Object.fromEntries(Object.entries(ofPlace).filter(([, value]) => value !== undefined))
  const values = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const found = findSettings({
    flags,
    env,
    stored: { name, profile },
    document: { source: 'flags', profile: values },
  })
  const value = (key: keyof StoredProfile): string | undefined => {
    const setting = found.get(key)
    return setting?.from === 'default' ? undefined : setting?.value
  }
  const baseUrl = value('baseUrl')
  if (baseUrl === undefined) throw missing('base_url_missing', '--base-url URL')
  const from = value('issuer')
  if (from === undefined) throw missing('issuer_missing', '--issuer URL')
  const keys = ['environment', 'partner', 'scope', 'audience', 'caBundle', 'proxy'] as const
  const certificate = ['clientCertificate', 'clientKey'] as const
  const rest = [...keys, ...certificate]
    .map(key => [key, value(key)])
    .filter(([, text]) => text !== undefined)
  return {
    ...(Object.fromEntries(rest) as StoredProfile),
    baseUrl,
    api: value('api') ?? 'orders',
    auth: 'oauth',
    issuer: from,
    clientId: clientId ?? (isAgain ? before?.clientId : undefined) ?? CLIENT_ID,
    clientAuthentication: 'none',
  }
}

/** On standard error, `--quiet` or not: without it nobody can log in. */
async function showCode(context: Context, code: DeviceCode): Promise<void> {
  const { output, stderr } = context
  const event = { schema: 'partner-cli.auth-device-code/1', ...code }
  const { writeText } = await import('../../output.js')
  if (output.mode === 'ndjson') return output.event(event)
  const text = [
    `Open      ${code.verificationUriComplete}`,
    `The code  ${code.userCode}`,
    `Allow it there if the code is the same. It holds for ${Math.ceil(code.expiresInSeconds / 60)} minutes.`,
    ...(code.verificationUriComplete === code.verificationUri
      ? []
      : [`Another machine: open ${code.verificationUri} and type the code.`]),
  ].join('\n')
  await writeText(stderr, `${output.mode === 'json' ? JSON.stringify(event) : text}\n`)
}
