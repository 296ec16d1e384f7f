import { type CredentialDescription, describeCredential } from '../credential-record.js'
import type { ChangeNote, CredentialRegistry } from '../credential-registry.js'
import { type CredentialProof, createCredential } from './new-credential.js'
import { assertRestrictions, type CredentialRestrictions } from './restrictions.js'

/** Who changes credentials, and when. */
export interface LifeOptions {
  /** Stands in the history, e.g. `alice`. */
  readonly actor: string
  readonly reason?: string | undefined
  /** ms since epoch; default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** A credential that was just made. `secret` exists here and nowhere else: hand it to the partner, then forget it. */
export interface IssuedCredential {
  readonly credential: CredentialDescription
  /** The HMAC secret, or the whole API key. Undefined for what the partner holds already (tokens, certificates). */
  readonly secret: string | undefined
}

/**
 * Issues a credential. A public key is not issued but imported: `importPublicKey`.
 *
 * @throws CredentialError `credential_invalid`, `credential_exists` (a token or certificate that is bound already)
 *
 * @example
 * ```ts
 * import { type CredentialRegistry, issueCredential } from '@countersign/server-verify'
 *
 * declare const registry: CredentialRegistry
 * const { credential, secret } = await issueCredential(
 *   registry,
 *   { partnerId: 'acme', environment: 'live', api: 'orders', scopes: ['orders:status:write'] },
 *   { kind: 'hmac' },
 *   { actor: 'alice' },
 * )
 * console.log(credential.keyId, secret?.length) // acme_x8Kw2LmQ0aZr 43
 * ```
 */
export async function issueCredential(
  registry: CredentialRegistry,
  restrictions: CredentialRestrictions,
  proof: CredentialProof,
  options: LifeOptions,
): Promise<IssuedCredential> {
  const note = createNote('issue', options)
  assertRestrictions(restrictions, note.at)
  const { credential, secret } = createCredential(restrictions, proof, note.at)
  await registry.commit([{ type: 'add', credential }], note)
  return { credential: describeCredential(credential), secret }
}

/** @internal */
export function createNote(action: ChangeNote['action'], { actor, reason, now }: LifeOptions): ChangeNote {
  const at = (now ?? Date.now)()
  return reason === undefined ? { action, actor, at } : { action, actor, at, reason }
}
