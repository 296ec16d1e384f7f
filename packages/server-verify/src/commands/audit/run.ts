import { readFile } from 'node:fs/promises'
import type { CheckpointVerificationKey } from '../../audit-checkpoint.js'
import { readAuditLines } from '../../audit-lines.js'
import { type AuditVerification, verifyAuditChain } from '../../audit-verification.js'
import { readPrivateFile } from '../../private-file.js'
import { CommandError } from '../command-error.js'
import type { Context } from '../context.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import { findStore, openDatabase } from '../open-store.js'
import { showText } from '../table.js'
import type { AuditVerifyOptions } from './command.js'

/** `audit verify`. */
export async function runAuditVerify(context: Context, options: AuditVerifyOptions): Promise<ExitCode> {
  assertSource(options)
  const { checkpoints, partial } = options
  const settings = {
    checkpoints: checkpoints === undefined ? undefined : await readCheckpoints(checkpoints),
    key: await readKey(options),
    partial,
  }
  const found = await withLines(context, options, lines => verify(lines, settings))
  await context.result(found, () => describe(found))
  return found.ok ? EXIT.ok : EXIT.refused
}

async function verify(...args: Parameters<typeof verifyAuditChain>): Promise<AuditVerification> {
  try {
    return await verifyAuditChain(...args)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new CommandError('key_invalid', EXIT.usage, error.message, {
      next: 'give the key that belongs to the one that signs the checkpoints',
      cause: error,
    })
  }
}

async function withLines<T>(
  { env, flags }: Context,
  { files, database, table }: AuditVerifyOptions,
  work: (lines: AsyncIterable<string>) => Promise<T>,
): Promise<T> {
  if (database !== true) return work(readAuditLines(...files))
  const store = findStore(env, flags.store)
  if (store.startsWith('file:')) throw usage('--database needs a --store postgres://….')
  const { readPostgresAuditLines } = await import('../../stores/postgres-audit-sink.js')
  const opened = await openDatabase(store)
  try {
    return await work(readPostgresAuditLines(opened.database, { table }))
  } finally {
    await opened.close()
  }
}

async function readCheckpoints(path: string): Promise<readonly unknown[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter(line => line.trim() !== '')
  return lines.map((line, index) => {
    try {
      return JSON.parse(line)
    } catch (error) {
      throw new CommandError('checkpoints_invalid', EXIT.usage, `${path}, line ${index + 1} is no JSON.`, {
        next: 'give one checkpoint a line',
        cause: error,
      })
    }
  })
}

async function readKey({
  publicKey,
  secretFile,
}: AuditVerifyOptions): Promise<CheckpointVerificationKey | undefined> {
  if (publicKey !== undefined) return { publicKey: await readFile(publicKey, 'utf8') }
  if (secretFile !== undefined) return { secret: (await readPrivateFile(secretFile)).replace(/\r?\n$/, '') }
  return undefined
}

function assertSource({ files, database, table, publicKey, secretFile }: AuditVerifyOptions): void {
  if (files.length > 0 === (database === true)) throw usage('Give the files of the log, or --database.')
  if (table !== undefined && database !== true) throw usage('--table goes with --database.')
  if (publicKey !== undefined && secretFile !== undefined)
    throw usage('--public-key and --secret-file exclude each other.')
}

function describe({ ok, lines, records, chains, problems, problemCount }: AuditVerification): string {
  const more = problemCount - problems.length
  const signed = chains.filter(({ signedUpTo }) => signedUpTo > 0).length
  return [
    ...problems.map(({ kind, line, message }) =>
      showText(`${line === undefined ? '-' : `line ${line}`}: ${kind}: ${message}`),
    ),
    ...(more > 0 ? [`… and ${more} more`] : []),
    `${ok ? 'ok' : `${problemCount} problems`}: ${lines} lines, ${records} records in ${chains.length} chains, ${signed} of them vouched for by checkpoints`,
  ].join('\n')
}

function usage(message: string): CommandError {
  return new CommandError('usage', EXIT.usage, message, { next: 'server-verify audit verify --help' })
}
