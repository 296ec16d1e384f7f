/** What a verified token says about itself, as far as it can be revoked by it. */
export interface TokenIdentity {
  readonly issuer: string
  /** `jti`. */
  readonly tokenId: string
  /** `client_id`. */
  readonly clientId: string
  /** `iat`, ms since epoch. */
  readonly issuedAt: number
}

/**
 * Tokens that are no longer accepted although they have not expired. May answer at once or later; an outage must
 * throw, never answer `false`, so that it becomes 503 and a revoked token is not let through.
 *
 * Tokens are named by issuer and `jti`, never by their text: one token can be written in more than one way.
 */
export interface RevocationList {
  isRevoked(token: TokenIdentity): boolean | Promise<boolean>
}

/** A verifier may accept a token a little after its end, because clocks differ: entries outlive their tokens, ms. */
export const KEPT_AFTER_EXPIRY_MS = 600_000

/** One token that is taken back. */
export interface TokenRevocation {
  readonly issuer: string
  /** `jti`. */
  readonly tokenId: string
  /** When the token expires by itself, ms since epoch: until then the entry is kept. */
  readonly expiresAt: number
}

/** All tokens that an issuer gave to one client up to a moment. Newer ones are good. */
export interface ClientRevocation {
  readonly issuer: string
  readonly clientId: string
  /** Tokens whose `iat` is not later than this are refused, ms since epoch. */
  readonly issuedUpTo: number
}

/** A revocation list that can be written to. */
export interface WritableRevocationList extends RevocationList {
  /** Takes effect with the next request. */
  revokeToken(revocation: TokenRevocation): void | Promise<void>
  /** Takes effect with the next request. A later call moves the moment forward, never back. */
  revokeClient(revocation: ClientRevocation): void | Promise<void>
}

/** The name under which a revocation is kept; no issuer can be chosen so that two names run into each other. */
export function revocationKey(kind: 'token' | 'client', issuer: string, id: string): string {
  return JSON.stringify([kind, issuer, id])
}
