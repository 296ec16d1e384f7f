import type { Readable } from 'node:stream'
import type { PartnerClient } from '@countersign/sdk'
import type { CredentialDocument } from './credential-document.js'
import { configDirectory, stateDirectory, systemSecretFolders, tokenDirectory } from './directories.js'
import { createLogFile, type LogFile } from './log-file.js'
import {
  createOutput,
  createPaint,
  mayUseColor,
  type Output,
  type OutputMode,
  type OutputStream,
  type Paint,
  writeText,
} from './output.js'
import { type Connection, resolveConnection } from './profile.js'
import type { Progress } from './push/progress.js'
import { type FoundSecret, findSecret } from './secrets.js'
import { readSettings, type Settings } from './settings.js'

/** For commands whose user waits: some four seconds at most, not a minute. */
export const IMPATIENT_ATTEMPTS = 4

/** Everything outside this program that it may touch. Tests give their own. */
export interface World {
  /** A function: standard input is not touched unless a command reads it. */
  readonly stdin: () => Readable
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly now: () => Date
  /** Aborted by the first SIGINT or SIGTERM; its reason is the `CliError` to end with. */
  readonly signal: AbortSignal
}

/** The flags that every command takes. */
export interface GlobalFlags {
  readonly profile?: string | undefined
  readonly baseUrl?: string | undefined
  readonly json?: boolean | undefined
  readonly query?: string | undefined
  readonly output?: OutputMode | undefined
  readonly quiet?: boolean | undefined
  readonly verbose?: boolean | undefined
  readonly debug?: boolean | undefined
  /** False with `--no-color`. */
  readonly color?: boolean | undefined
  /** False with `--no-progress`. */
  readonly progress?: boolean | undefined
  readonly proxy?: string | undefined
  readonly caBundle?: string | undefined
  readonly clientCert?: string | undefined
  readonly clientKey?: string | undefined
  /** A path, or `-`. */
  readonly credentialFile?: string | undefined
  readonly logFile?: string | undefined
  /** Default `json`. */
  readonly logFormat?: 'json' | 'text' | undefined
  /** False with `--no-input`. */
  readonly input?: boolean | undefined
  /** Seconds. */
  readonly timeout?: number | undefined
  readonly configDir?: string | undefined
}

/** What a command's `run` gets. Everything that costs something is a function, and done once. */
export interface Context extends World {
  readonly flags: GlobalFlags
  readonly output: Output
  /** For standard error. */
  readonly paint: Paint
  readonly configDirectory: string
  readonly stateDirectory: string
  /** Where access tokens are kept between commands. */
  readonly tokenDirectory: string
  /** Where `--log-file` says; undefined without it. */
  readonly log: LogFile | undefined
  /** A line on standard error, left out with `--quiet`. */
  note(text: string): Promise<void>
  /** The bar that is being drawn, so that notes do not run into it; undefined when it is done. */
  showProgress(progress: Progress | undefined): void
  settings(): Promise<Settings>
  /** What `--credential-file` names. */
  document(): Promise<CredentialDocument | undefined>
  connection(): Promise<Connection>
  secret(): Promise<FoundSecret>
  /**
   * The sdk's client, closed when the command ends.
   *
   * @param maxAttempts of each request; default: the sdk's, patient enough for a run that nobody watches. Only the first
   * call counts.
   * @param singleRequest one request is all that the command sends; default false
   */
  client(maxAttempts?: number, singleRequest?: boolean): Promise<PartnerClient>
  close(): Promise<void>
}

export function createContext(world: World, flags: GlobalFlags): Context {
  const places = { env: world.env, platform: world.platform, configDir: flags.configDir }
  const directory = configDirectory(places)
  const settings = once(() => readSettings(directory))
  const document = once(async () => {
    const { credentialFile } = flags
    if (credentialFile === undefined) return undefined
    const { readCredentialFile } = await import('./credential-file.js')
    return readCredentialFile(world, credentialFile)
  })
  const look = async (connection: Connection): Promise<FoundSecret> =>
    findSecret({
      env: world.env,
      directory,
      connection,
      document: await document(),
      systemFolders: systemSecretFolders(places),
    })
  const resolved = once(async () => resolveConnection(await settings(), world.env, flags, await document()))
  const secret = once(async () => look(await resolved()))
  const connection = once(async () => {
    const known = await resolved()
    if (known.keyId !== '') return known
    const { readApiKeyId } = await import('./credential-document.js')
    const { value, source } = await secret()
    return { ...known, keyId: await readApiKeyId(value, source) }
  })
  const tokens = tokenDirectory(places)
  let opened: Promise<PartnerClient> | undefined
  let bar: Progress | undefined
  const log =
    flags.logFile === undefined
      ? undefined
      : createLogFile(flags.logFile, flags.logFormat ?? 'json', world.now)
  const note = async (text: string): Promise<void> => {
    log?.write('info', text)
    if (flags.quiet === true) return
    bar?.clear()
    await writeText(world.stderr, `${text}\n`)
  }
  return {
    ...world,
    flags,
    output: createOutput(world.stdout, outputMode(flags), flags.query),
    paint: createPaint(mayUseColor(world.stderr, world.env, flags.color !== false)),
    configDirectory: directory,
    stateDirectory: stateDirectory(places),
    tokenDirectory: tokens,
    log,
    note,
    showProgress: progress => {
      bar = progress
    },
    settings,
    document,
    connection,
    secret,
    client: (maxAttempts, singleRequest) => {
      opened ??= (async () => {
        const { createClient } = await import('./client.js')
        return createClient(await connection(), await secret(), {
          flags,
          interactive: world.stderr.isTTY === true,
          note,
          log,
          maxAttempts,
          singleRequest,
          tokenDirectory: tokens,
          renewSecret: async () => (await look(await resolved())).value,
        })
      })()
      return opened
    },
    close: async () => {
      // A client that could not be made has been reported already.
      const client = await opened?.catch(() => undefined)
      await client?.close()
    },
  }
}

/** `--json` and `--query` mean JSON; `--output` says it in full. */
export function outputMode(flags: Pick<GlobalFlags, 'json' | 'query' | 'output'>): OutputMode {
  if (flags.output === 'ndjson') return 'ndjson'
  return flags.output === 'json' || flags.json === true || flags.query !== undefined ? 'json' : 'human'
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
