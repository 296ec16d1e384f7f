/** An HMAC credential as the store knows it. Times are milliseconds since 1970-01-01T00:00:00Z. */
export interface HmacCredential {
  readonly kind: 'hmac'
  /** 8 to 64 of `A-Z a-z 0-9 _ -`. */
  readonly keyId: string
  readonly partnerId: string
  /** `live`, `sandbox` … */
  readonly environment: string
  /** As text (used as UTF-8). One secret belongs to one key id. */
  readonly secret: string
  readonly scopes: readonly string[]
  readonly state: 'active' | 'revoked'
  /** Valid from this moment on. */
  readonly notBefore?: number | undefined
  /** Not valid from this moment on. */
  readonly notAfter?: number | undefined
  /** Addresses or CIDR ranges; absent: from anywhere. An empty list: from nowhere. */
  readonly ipAllowList?: readonly string[] | undefined
  /** When it was issued. After the start of a replay guard: exempt from the guard's warm-up. */
  readonly createdAt: number
}

/** What a store holds. One kind so far. */
export type Credential = HmacCredential

/**
 * Where credentials are found. May answer at once or later; an outage must throw, never answer `undefined`,
 * so that it becomes 503 and not "your key is bad".
 */
export interface CredentialStore {
  findByKeyId(keyId: string): Credential | undefined | Promise<Credential | undefined>
}
