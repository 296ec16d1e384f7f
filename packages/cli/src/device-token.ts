import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type AccessToken, type Authenticator, Secret, tokenFileCache } from '@countersign/sdk'
import { CliError } from './errors.js'
import { EXIT } from './exit-code.js'
import type { Connection } from './profile.js'

/** Of whom a person's token is. */
export interface DeviceTokenOwner {
  readonly profile: string
  readonly issuer: string
  readonly clientId: string
}

/** Where the tokens of the persons who logged in to a profile are: apart from others, so that a logout forgets these alone. */
export function deviceTokenDirectory(tokenDirectory: string, profile: string): string {
  return join(tokenDirectory, 'logins', profile)
}

/** Keeps a token (0600) in place of the one before. @throws CliError `token_unwritable` (exit 10) */
export async function saveDeviceToken(
  tokenDirectory: string,
  owner: DeviceTokenOwner,
  token: AccessToken,
): Promise<void> {
  const cache = tokenFileCache({ directory: deviceTokenDirectory(tokenDirectory, owner.profile) })
  await cache.clear()
  await cache.share(
    cacheKey(owner),
    () => false,
    async () => token,
    reason => {
      throw new CliError('token_unwritable', EXIT.environment, `The token cannot be kept: ${reason}.`, {
        next: 'check the folder and who owns it, then log in again',
      })
    },
  )
}

/**
 * Sends the token of the person who logged in by `auth login --device`. Nobody is asked for another one: there is no
 * person when a scheduler runs the command. Requests fail with CliError `login_missing` (exit 4) when it is over.
 */
export function deviceTokenAuth(
  { environment, keyId, oauth, secretProfile }: Connection,
  tokenDirectory: string | undefined,
  now: () => number = Date.now,
): Authenticator {
  const profile = secretProfile ?? 'default'
  const owner = { profile, issuer: oauth?.issuer ?? '', clientId: keyId }
  return {
    environment,
    async authenticate(request) {
      let reason: string | undefined
      const missing = (): CliError => {
        const why = reason === undefined ? '' : ` (${reason})`
        return new CliError(
          'login_missing',
          EXIT.auth,
          `Nobody is logged in to profile ${profile}: the login has ended, or there was none${why}.`,
          { next: `log in again: partner-cli auth login --device --profile ${profile}` },
        )
      }
      if (tokenDirectory === undefined || secretProfile === undefined) throw missing()
      const { value } = await tokenFileCache({
        directory: deviceTokenDirectory(tokenDirectory, profile),
      }).share(
        cacheKey(owner),
        ({ expiresAt }) => expiresAt > now(),
        async () => {
          throw missing()
        },
        problem => {
          reason = problem
        },
      )
      return addBearer(request, new Secret(value))
    },
  }
}

/** The request with the token, as RFC 6750 §2.1 has it. */
export function addBearer(
  request: Parameters<Authenticator['authenticate']>[0],
  token: Secret,
): Parameters<Authenticator['authenticate']>[0] {
  return { ...request, headers: [['authorization', `Bearer ${token.reveal()}`], ...request.headers] }
}

function cacheKey({ profile, issuer, clientId }: DeviceTokenOwner): string {
  const parts = ['partner-cli-device-token-v1', profile, issuer, clientId]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
