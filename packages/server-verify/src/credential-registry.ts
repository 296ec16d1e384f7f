import type { Credential } from './credential.js'
import type { CredentialDescription } from './credential-record.js'
import type { CredentialStore } from './credential-store.js'

/** One step of a change. The steps of one `commit` happen all or not at all. */
export type CredentialChange =
  | { readonly type: 'add'; readonly credential: Credential }
  /** Takes effect at once and for ever. */
  | { readonly type: 'revoke'; readonly keyId: string }
  /** Ends it at a moment. An earlier end that it has already stays. */
  | { readonly type: 'expire'; readonly keyId: string; readonly notAfter: number }

/** Why a credential changed. */
export type CredentialAction = 'issue' | 'import' | 'rotate' | 'revoke' | 'rewrap'

/** What is kept of a change beside the change itself. */
export interface ChangeNote {
  readonly action: CredentialAction
  /** Who did it, e.g. `alice`, `deploy-job 4711`. */
  readonly actor: string
  readonly reason?: string | undefined
  /** Milliseconds since epoch. */
  readonly at: number
}

/** A line of the history: which credential was changed, when, by whom, and why. */
export interface CredentialEvent extends ChangeNote {
  /** Counts the commits of the store, from 1. The events of one commit have one revision. */
  readonly revision: number
  /** Null when the change is about the store as a whole. */
  readonly keyId: string | null
  /** What was done to it. */
  readonly change: CredentialChange['type'] | 'rewrap'
  /** With `expire`. */
  readonly notAfter?: number | undefined
}

/** Which credentials to list; absent members leave all in. */
export interface CredentialFilter {
  readonly partnerId?: string | undefined
  readonly environment?: string | undefined
  readonly state?: 'active' | 'revoked' | undefined
}

/** What changed in a store, for whoever keeps copies of its credentials. */
export interface RevisionChanges {
  readonly revision: number
  /** Credentials that were changed after the revision that was asked about. Undefined: too many, or it is not known. */
  readonly keyIds: readonly string[] | undefined
}

/** A store whose credentials can be copied: it can say what changed. */
export interface RevisedCredentialStore extends CredentialStore {
  /** @param revision the last one that is known; undefined at the start */
  changesSince(revision: number | undefined): Promise<RevisionChanges>
}

/**
 * A store that credentials are issued into: the file and PostgreSQL stores. Everything but `findByKeyId`, adding an
 * HMAC credential and `rewrap` works without a key-encryption key, so that a revocation never waits for one.
 */
export interface CredentialRegistry extends RevisedCredentialStore {
  /**
   * @throws CredentialError `credential_exists`, `credential_unknown`, `credential_revoked`, `secret_reused`,
   *   `store_busy`
   */
  commit(changes: readonly CredentialChange[], note: ChangeNote): Promise<void>
  describe(keyId: string): Promise<CredentialDescription | undefined>
  /** Ordered by partner, then time of issue. */
  list(filter?: CredentialFilter): Promise<readonly CredentialDescription[]>
  /** Oldest first. @param keyId default: of all */
  history(keyId?: string): Promise<readonly CredentialEvent[]>
  /**
   * Wraps every data key under the current key-encryption key. Secrets are neither opened nor changed.
   *
   * @returns how many credentials were wrapped anew
   */
  rewrap(note: Pick<ChangeNote, 'actor' | 'at'>): Promise<number>
  close(): Promise<void>
}
