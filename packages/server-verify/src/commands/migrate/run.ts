import { migrateCredentialTables } from '../../stores/migrations/migrate.js'
import { CommandError } from '../command-error.js'
import type { Context } from '../context.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import { findStore, openDatabase } from '../open-store.js'

/** `migrate`. */
export async function runMigrate(context: Context): Promise<ExitCode> {
  const store = findStore(context.env, context.flags.store)
  if (store.startsWith('file:'))
    throw new CommandError('usage', EXIT.usage, 'A file has no tables.', {
      next: 'the first server-verify issue makes the file',
    })
  const { database, close } = await openDatabase(store)
  try {
    await migrateCredentialTables(database)
  } finally {
    await close()
  }
  await context.result({ migrated: true }, () => 'The tables have the newest form.')
  return EXIT.ok
}
