import type { CredentialStore } from '../../credential-store.js'
import { createRevisionInvalidation } from '../../revision-invalidation.js'
import { createCachedCredentialStore } from '../../stores/cached-credential-store.js'
import { createFileCredentialStore } from '../../stores/file-credential-store.js'
import type { Context } from '../context.js'
import { loadSecretBox } from '../load-secret-box.js'
import { findStore, openDatabase } from '../open-store.js'

/** A store for look-ups, with a cache in front. */
export interface ServedStore {
  readonly credentials: CredentialStore
  close(): Promise<void>
}

export async function openServedStore({ env, flags }: Context): Promise<ServedStore> {
  const secrets = await loadSecretBox(env, flags)
  const store = findStore(env, flags.store)
  if (store.startsWith('file:')) {
    const source = createFileCredentialStore({ path: store.slice('file:'.length), secrets })
    const invalidation = createRevisionInvalidation({ source })
    const credentials = createCachedCredentialStore({ source, invalidation })
    return { credentials, close: () => credentials.close() }
  }
  const { createPostgresCredentialStore } = await import('../../stores/postgres-credential-store.js')
  const { createPostgresInvalidation } = await import('../../stores/postgres-invalidation.js')
  const { database, close } = await openDatabase(store, 10)
  const source = createPostgresCredentialStore({ database, secrets })
  const credentials = createCachedCredentialStore({
    source,
    invalidation: createPostgresInvalidation({ database, source }),
  })
  return {
    credentials,
    async close() {
      await credentials.close()
      await close()
    },
  }
}
