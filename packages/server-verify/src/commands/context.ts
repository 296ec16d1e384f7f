import { userInfo } from 'node:os'
import type { CredentialRegistry } from '../credential-registry.js'
import type { SecretBox } from '../secret-box.js'
import type { ExitCode } from './exit-code.js'
import { loadSecretBox } from './load-secret-box.js'
import { openStore } from './open-store.js'
import { present, type World, write } from './world.js'

/** The flags that every command takes. */
export interface GlobalFlags {
  readonly store?: string | undefined
  readonly kekFile?: string | undefined
  readonly kekModule?: string | undefined
  readonly actor?: string | undefined
  readonly json?: boolean | undefined
  readonly debug?: boolean | undefined
}

/** What a command's `run` gets. What costs something is a function, and done once. */
export interface Context extends World {
  readonly flags: GlobalFlags
  /** Who changes credentials, for the history. */
  readonly actor: string
  /**
   * The store, closed when the command ends.
   *
   * @param use `secrets`: with the key-encryption keys that are set up. What does without must not fail for them: a
   *   revocation waits for no key.
   */
  registry(use?: 'secrets'): Promise<CredentialRegistry>
  /** The result: text for people, or one line of JSON. */
  result(value: unknown, human: () => string): Promise<void>
  /** A line on standard error, for people. */
  note(text: string): Promise<void>
  close(): Promise<void>
}

/** What a command does once its options are known. Failures are thrown. */
export type Run<O> = (context: Context, options: O) => Promise<ExitCode>

export function createContext(world: World, flags: GlobalFlags): Context {
  let opened: Promise<CredentialRegistry> | undefined
  return {
    ...world,
    flags,
    actor: flags.actor ?? present(world.env['COUNTERSIGN_ACTOR']) ?? findUserName(world.env),
    registry: use => (opened ??= open(world, flags, use)),
    result: (value, human) =>
      write(world.stdout, `${flags.json === true ? JSON.stringify(value) : human()}\n`),
    note: text => write(world.stderr, `${text}\n`),
    close: async () => {
      // A store that could not be opened has been reported already.
      const registry = await opened?.catch(() => undefined)
      await registry?.close()
    },
  }
}

async function open(
  { env }: World,
  flags: GlobalFlags,
  use: 'secrets' | undefined,
): Promise<CredentialRegistry> {
  const secrets: SecretBox | undefined = use === undefined ? undefined : await loadSecretBox(env, flags)
  return openStore(env, flags.store, secrets)
}

function findUserName(env: World['env']): string {
  const behindSudo = present(env['SUDO_USER'])
  if (behindSudo !== undefined) return behindSudo
  try {
    return userInfo().username
  } catch {
    // A container may run as a number that has no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
