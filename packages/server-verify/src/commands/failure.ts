import { CommanderError } from 'commander'
import { CredentialError, type CredentialErrorCode } from '../credential-error.js'
import { DependencyError } from '../errors.js'
import { PrivateFileError } from '../private-file.js'
import { SecretBoxError, type SecretBoxErrorCode } from '../secret-box-error.js'
import { CommandError } from './command-error.js'
import { EXIT, type ExitCode } from './exit-code.js'

const SECRET_LIKE = /secret|passw|token|api-?key|private-?key|kek(?!-)/i
const KEK_HELP = 'name the file with the key-encryption keys: --kek-file FILE or COUNTERSIGN_KEK_FILE'

interface Advice {
  readonly exitCode: ExitCode
  readonly next?: string | undefined
}

const LIST = 'server-verify list shows what there is'

const BY_CODE: Readonly<Record<CredentialErrorCode | SecretBoxErrorCode, Advice>> = {
  credential_unknown: { exitCode: EXIT.refused, next: LIST },
  credential_exists: { exitCode: EXIT.refused, next: `${LIST}; revoke the old one first` },
  credential_revoked: { exitCode: EXIT.refused, next: LIST },
  credential_expired: { exitCode: EXIT.refused, next: LIST },
  credential_kind: {
    exitCode: EXIT.refused,
    next: 'server-verify import-key --help, server-verify issue --help',
  },
  credential_invalid: { exitCode: EXIT.usage, next: 'server-verify COMMAND --help' },
  secret_reused: { exitCode: EXIT.refused },
  public_key_invalid: { exitCode: EXIT.usage, next: 'openssl pkey -in private.pem -pubout -out public.pem' },
  challenge_invalid: {
    exitCode: EXIT.refused,
    next: 'make a new challenge: server-verify import-key --help',
  },
  challenge_expired: {
    exitCode: EXIT.refused,
    next: 'make a new challenge: server-verify import-key --help',
  },
  proof_invalid: {
    exitCode: EXIT.refused,
    next: 'openssl pkeyutl -sign -rawin -inkey private.pem -in challenge.txt -out proof.bin',
  },
  store_missing: {
    exitCode: EXIT.usage,
    next: 'check --store; the first server-verify issue makes the file',
  },
  store_invalid: { exitCode: EXIT.environment, next: 'restore the store from a backup' },
  store_busy: { exitCode: EXIT.temporary, next: 'run the same command again' },
  store_outdated: { exitCode: EXIT.usage, next: 'server-verify migrate' },
  store_newer: { exitCode: EXIT.usage, next: 'use the newer server-verify' },
  key_encryption_key_missing: { exitCode: EXIT.usage, next: KEK_HELP },
  key_encryption_key_unknown: {
    exitCode: EXIT.usage,
    next: 'add the line of that key to the file, below the current one',
  },
  key_encryption_key_invalid: {
    exitCode: EXIT.usage,
    next: 'a line is made by: echo "kek_1 $(openssl rand -base64 32)"',
  },
  secret_unreadable: { exitCode: EXIT.environment, next: 'restore the record, or rotate the credential' },
}

const NETWORK = /^(?:ECONN|ENOTFOUND|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH)/
/** SQLSTATE classes that say "not now": connection, resources, operator. */
const OUTAGE = /^(?:08|53|57)...$/
/** Wrong password, unknown role or database, missing rights. */
const DATABASE_SETUP = /^(?:28...|3D000|42501)$/

/** Whatever ended a command as what happened, the exit code, and what to do next. */
export function toCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error
  if (error instanceof CommanderError) return toUsageError(error)
  if (error instanceof CredentialError || error instanceof SecretBoxError) {
    const { exitCode, next } = BY_CODE[error.code]
    return new CommandError(error.code, exitCode, error.message, { next, cause: error })
  }
  if (error instanceof DependencyError) return toOutageError(error)
  if (error instanceof PrivateFileError)
    return new CommandError(error.code, EXIT.usage, error.message, { cause: error })
  return toSystemError(error)
}

/** What was behind it says more. */
function toOutageError(error: DependencyError): CommandError {
  const failure = error.cause === undefined ? undefined : toCommandError(error.cause)
  if (failure !== undefined && failure.exitCode !== EXIT.bug) return failure
  return new CommandError('unavailable', EXIT.temporary, `The ${error.dependency} does not answer.`, {
    next: 'run the same command again',
    cause: error,
  })
}

function toSystemError(error: unknown): CommandError {
  const { code, path } = Object(error) as { code?: unknown; path?: unknown }
  if (typeof code === 'string' && (NETWORK.test(code) || OUTAGE.test(code)))
    return new CommandError('store_unreachable', EXIT.temporary, `The database does not answer (${code}).`, {
      next: 'check --store and the database, then run the same command again',
      cause: error,
    })
  if (typeof code === 'string' && DATABASE_SETUP.test(code))
    return new CommandError(
      'store_denied',
      EXIT.usage,
      `The database refuses: ${(error as Error).message}.`,
      {
        next: 'check user, password (PGPASSWORD, ~/.pgpass) and rights',
        cause: error,
      },
    )
  if (typeof code === 'string' && typeof path === 'string' && /^E[A-Z]+$/.test(code))
    return new CommandError('file_unusable', EXIT.environment, `${path} cannot be used (${code}).`, {
      next: 'check the path, its owner and the disk',
      cause: error,
    })
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new CommandError(
    'internal_error',
    EXIT.bug,
    `server-verify failed in a way it should not. ${detail}`,
    {
      next: 'report this, with the output of the same command and --debug',
      cause: error,
    },
  )
}

/** Commander's message without the value of an `--option=value`: someone may have put a secret there. */
function toUsageError(error: CommanderError): CommandError {
  const message = error.message.replace(/^error: /, '').replace(/^(unknown option '[^'=]*)=[^']*'/, "$1'")
  const option = /^unknown option '([^']*)'/.exec(message)?.[1]
  const next =
    option !== undefined && SECRET_LIKE.test(option)
      ? 'a secret never comes by flag, where the process list and the shell history show it: server-verify makes it itself'
      : 'server-verify --help, or server-verify COMMAND --help'
  return new CommandError('usage', EXIT.usage, `${message.charAt(0).toUpperCase()}${message.slice(1)}`, {
    next,
  })
}
