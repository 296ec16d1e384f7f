import type { AccessToken } from './access-token.js'
import { isRecord } from './problem-details.js'
import type { TokenCache } from './token-cache.js'

/** Where tokens are kept. */
export interface TokenFileCacheOptions {
  /** A directory for nothing else. Made with mode 0700; one that is open to others is not used. */
  readonly directory: string
}

/** As long as a token request may take. */
const PATIENCE_MS = 30_000

/**
 * Keeps tokens in files (0600, in a directory of 0700), so that short-lived processes share one token request: of twelve
 * that start at once, one asks and the others wait for what it brings. A process that is killed while it asks delays the
 * others by less than 2 s.
 *
 * Nothing here makes a call fail. A directory that cannot be used, a damaged file or one that others can read means that
 * the token is fetched, and that the client says so once (`token_cache_unusable`).
 *
 * @example
 * ```ts
 * import { clientCredentialsAuth, secretFromFile, tokenFileCache } from '@countersign/sdk'
 *
 * const auth = clientCredentialsAuth({
 *   environment: 'live',
 *   issuer: 'https://login.example.com',
 *   clientId: 'acme',
 *   authentication: { method: 'client_secret_basic', clientSecret: secretFromFile('/run/secrets/partner') },
 *   cache: tokenFileCache({ directory: '/var/cache/acme/tokens' }),
 * })
 * console.log(auth.environment)
 * ```
 */
export function tokenFileCache(options: TokenFileCacheOptions): TokenCache {
  const { directory } = options
  return {
    async share(key, isGood, fetch, onUnusable) {
      // Loaded here, so that who has no such cache does not load the file system.
      const [files, { withFileLock }] = await Promise.all([
        import('./private-files.js'),
        import('./file-lock.js'),
      ])
      const path = `${directory}/${key}.json`
      const problem = await files.preparePrivateDirectory(directory)
      if (problem !== undefined) {
        onUnusable(problem)
        return fetch()
      }
      const read = async (): Promise<AccessToken | undefined> => {
        const token = parseToken(await files.readPrivateFile(path))
        return token !== undefined && isGood(token) ? token : undefined
      }
      const known = await read()
      if (known !== undefined) return known
      let fetching: Promise<AccessToken> | undefined
      try {
        return await withFileLock(`${path}.lock`, PATIENCE_MS, async () => {
          const brought = await read()
          if (brought !== undefined) return brought
          fetching = fetch()
          const token = await fetching
          await files.writePrivateFile(path, JSON.stringify(token))
          return token
        })
      } catch (error) {
        // Either the fetch failed: so does this. Or the lock or the write did: the token is good all the same.
        if (fetching !== undefined) {
          const token = await fetching
          onUnusable(`${directory} cannot be written to (${codeOf(error)})`)
          return token
        }
        onUnusable(`${directory} cannot be locked (${codeOf(error)})`)
        return fetch()
      }
    },
    async clear() {
      const { readdir, unlink } = await import('node:fs/promises')
      const names = await readdir(directory).catch((): string[] => [])
      const tokens = names.filter(name => /^[0-9a-f]{64}\.json$/.test(name))
      await Promise.all(tokens.map(name => unlink(`${directory}/${name}`).catch(() => undefined)))
      return tokens.length
    },
  }
}

function parseToken(text: string | undefined): AccessToken | undefined {
  let value: unknown
  try {
    value = JSON.parse(text ?? '')
  } catch {
    return undefined
  }
  if (!isRecord(value)) return undefined
  const { value: token, type, scope, issuedAt, expiresAt } = value
  const isToken =
    typeof token === 'string' &&
    /^[\x21-\x7e]+$/.test(token) &&
    (type === 'Bearer' || type === 'DPoP') &&
    (scope === undefined || typeof scope === 'string') &&
    typeof issuedAt === 'number' &&
    typeof expiresAt === 'number' &&
    expiresAt > issuedAt
  return isToken ? { value: token, type, scope, issuedAt, expiresAt } : undefined
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
}
