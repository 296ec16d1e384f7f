import { UsageError } from './errors.js'
import { Secret } from './secret.js'

/**
 * Reads a secret from an environment variable, each time it is asked for. White space around it is dropped.
 *
 * The returned function rejects with UsageError `secret_unavailable` when the variable is absent or empty.
 *
 * @example
 * ```ts
 * import { hmacAuth, secretFromEnvironment } from '@countersign/sdk'
 *
 * const secret = secretFromEnvironment('PARTNER_SECRET')
 * const auth = hmacAuth({ keyId: 'demo_acme_key1', secret, environment: 'live', api: 'orders' })
 * console.log(auth.environment)
 * ```
 */
export function secretFromEnvironment(name: string): () => Promise<Secret> {
  return async () => wrap(process.env[name], `The environment variable ${name} is not set`)
}

/**
 * Reads a secret from a file, each time it is asked for: at the first request, and whenever the server refuses what was
 * read before. So a secret that is replaced on disk (a mounted vault, `systemd` credentials) needs no restart. White space
 * around it is dropped.
 *
 * The returned function rejects with UsageError `secret_unavailable`; the message names the file.
 *
 * @example
 * ```ts
 * import { hmacAuth, secretFromFile } from '@countersign/sdk'
 *
 * const secret = secretFromFile('/run/secrets/partner')
 * const auth = hmacAuth({ keyId: 'demo_acme_key1', secret, environment: 'live', api: 'orders' })
 * console.log(auth.environment)
 * ```
 */
export function secretFromFile(path: string): () => Promise<Secret> {
  return async () => {
    const { readFile } = await import('node:fs/promises')
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new UsageError('secret_unavailable', `The secret cannot be read from ${path} (${error.code}).`)
    })
    return wrap(text, `The file ${path} is empty`)
  }
}

/** How {@link secretFromProcess} runs its program. */
export interface ProcessSecretOptions {
  /** Default 10,000. */
  readonly timeoutMs?: number | undefined
}

/**
 * Asks a program for a secret, each time it is asked for: the program prints it and nothing else. No shell is involved.
 * What the program prints, on whichever stream, never becomes part of a message.
 *
 * The returned function rejects with UsageError `secret_unavailable`; the message names the program and how it ended.
 *
 * @example
 * ```ts
 * import { hmacAuth, secretFromProcess } from '@countersign/sdk'
 *
 * const secret = secretFromProcess('vault', ['kv', 'get', '-field=secret', 'kv/partner'])
 * const auth = hmacAuth({ keyId: 'demo_acme_key1', secret, environment: 'live', api: 'orders' })
 * console.log(auth.environment)
 * ```
 */
export function secretFromProcess(
  program: string,
  args: readonly string[] = [],
  options: ProcessSecretOptions = {},
): () => Promise<Secret> {
  const { timeoutMs = 10_000 } = options
  return async () => {
    const { execFile } = await import('node:child_process')
    const text = await new Promise<string>((resolve, reject) => {
      const limits = {
        timeout: timeoutMs,
        maxBuffer: 1024 * 1024,
        windowsHide: true,
        encoding: 'utf8',
      } as const
      const child = execFile(program, [...args], limits, (error, stdout) => {
        if (error === null) resolve(stdout)
        else reject(new UsageError('secret_unavailable', describeEnd(program, error, timeoutMs)))
      })
      child.stdin?.end()
    })
    return wrap(text, `The program ${program} printed nothing`)
  }
}

function describeEnd(
  program: string,
  error: Error & { code?: unknown; killed?: boolean },
  timeoutMs: number,
): string {
  if (error.killed === true) return `The program ${program} gave no secret within ${timeoutMs} ms.`
  const how =
    typeof error.code === 'number'
      ? `ended with exit code ${error.code}`
      : `did not run (${String(error.code)})`
  return `The program ${program}, which provides the secret, ${how}.`
}

function wrap(text: string | undefined, otherwise: string): Secret {
  const trimmed = text?.trim() ?? ''
  if (trimmed !== '') return new Secret(trimmed)
  throw new UsageError('secret_unavailable', `${otherwise}: there is no secret to use.`)
}
