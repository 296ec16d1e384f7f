import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from './database.js'
import { migrate } from './migrations.js'

/** Where the rows live: a PostgreSQL server, or PGlite in a folder, or PGlite in memory. */
export interface DatabaseLocation {
  readonly databaseUrl?: string | undefined
  readonly dataDir?: string | undefined
}

/** Opens the database and brings it to its newest form. */
export async function openDatabase({ databaseUrl, dataDir }: DatabaseLocation): Promise<Database> {
  const database = databaseUrl === undefined ? await openEmbedded(dataDir) : await openServer(databaseUrl)
  try {
    await migrate(database)
    return database
  } catch (error) {
    await database.close().catch(() => undefined)
    throw databaseUrl === undefined ? error : explainOutage(error, databaseUrl)
  }
}

async function openEmbedded(dataDir: string | undefined): Promise<Database> {
  // Loaded on demand: 10 MB of WebAssembly that a run with --database-url has no use for.
  const { openPgliteDatabase } = await import('./pglite-database.js')
  if (dataDir === undefined) return openPgliteDatabase()
  const folder = join(dataDir, 'database')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return openPgliteDatabase(folder)
}

async function openServer(url: string): Promise<Database> {
  const { openPostgresDatabase } = await import('./postgres-database.js')
  return openPostgresDatabase(url)
}

/** Says which server did not answer, without the user and password that the URL may hold. */
function explainOutage(error: unknown, url: string): Error {
  const { host, pathname } = new URL(url)
  const reason =
    error instanceof Error && error.message !== '' ? error.message : String(Object(error).code ?? error)
  return new Error(`The database ${pathname.slice(1)} at ${host} cannot be used: ${reason}`, { cause: error })
}
