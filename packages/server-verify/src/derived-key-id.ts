import { createHash } from 'node:crypto'

/**
 * The key id under which a store keeps the binding of a token's subject to a partner. Derived, so that one look-up
 * by key id serves every kind of credential and no caller chooses the text that is looked up.
 *
 * @param issuer the token's `iss`
 * @param subject the token's `sub`
 * @returns 44 characters
 *
 * @example
 * ```ts
 * import { tokenBindingKeyId } from '@countersign/server-verify'
 *
 * console.log(tokenBindingKeyId('https://login.example.com', 'acme-push').length) // 44
 * ```
 */
export function tokenBindingKeyId(issuer: string, subject: string): string {
  return derive('tok', [issuer, subject])
}

/**
 * The key id under which a store keeps a client certificate.
 *
 * @param identity its SHA-256 thumbprint (64 lower-case hex digits), or one subject alternative name as node:crypto
 *   writes it, e.g. `DNS:push.acme.example`
 * @returns 44 characters
 *
 * @example
 * ```ts
 * import { certificateKeyId } from '@countersign/server-verify'
 *
 * console.log(certificateKeyId('DNS:push.acme.example').startsWith('crt_')) // true
 * ```
 */
export function certificateKeyId(identity: string): string {
  return derive('crt', [identity])
}

function derive(prefix: string, parts: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts), 'utf8').digest('base64url')
  return `${prefix}_${digest.slice(0, 40)}`
}
