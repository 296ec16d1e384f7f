import {
  type CredentialScope,
  deriveSigningKey,
  PARTNER_SCHEME,
  parseKeyId,
  type SigningKey,
} from '@countersign/protocol'
import { Secret, type SecretSource } from './secret.js'

/** A key that the platform signs webhooks with. While one takes the place of another both are given. */
export interface WebhookKey {
  readonly keyId: string
  /** A function is called when the first webhook of this key arrives. */
  readonly secret: SecretSource
}

/** A function is asked at the first webhook, and again for a key id that is not known: at most every 10 s. */
export type WebhookKeys = readonly WebhookKey[] | (() => Promise<readonly WebhookKey[]>)

const ASK_AGAIN_MS = 10_000

/** The receiver's keys by their ids, and the signing key of the day for each. */
export class WebhookKeyring {
  readonly #source: WebhookKeys
  #keys = new Map<string, WebhookKey>()
  #signingKeys = new Map<string, { readonly date: string; readonly key: SigningKey }>()
  #asking: Promise<void> | undefined
  #askedAt = Number.NEGATIVE_INFINITY

  /** @throws TypeError for no key at all, or two of one id; ProtocolError `key_id_invalid` */
  constructor(source: WebhookKeys) {
    this.#source = source
    if (typeof source !== 'function') this.#keys = index(source)
  }

  /** @returns undefined when there is no such key */
  async find(keyId: string, scope: CredentialScope): Promise<SigningKey | undefined> {
    const known = this.#signingKeys.get(keyId)
    if (known?.date === scope.date) return known.key
    if (!this.#keys.has(keyId)) await this.#ask()
    const key = this.#keys.get(keyId)
    if (key === undefined) return undefined
    const given = typeof key.secret === 'function' ? await key.secret() : key.secret
    const secret = given instanceof Secret ? given.reveal() : given
    if (typeof secret !== 'string' || secret === '') throw new TypeError(`The secret of ${keyId} is empty.`)
    const signingKey = deriveSigningKey(PARTNER_SCHEME, secret, scope)
    this.#signingKeys.set(keyId, { date: scope.date, key: signingKey })
    return signingKey
  }

  #ask(): Promise<void> {
    const source = this.#source
    if (typeof source !== 'function') return Promise.resolve()
    if (this.#asking === undefined && performance.now() - this.#askedAt < ASK_AGAIN_MS)
      return Promise.resolve()
    this.#asking ??= source()
      .then(keys => {
        this.#keys = index(keys)
        this.#signingKeys = new Map()
        this.#askedAt = performance.now()
      })
      .finally(() => {
        this.#asking = undefined
      })
    return this.#asking
  }
}

function index(keys: readonly WebhookKey[]): Map<string, WebhookKey> {
  const byId = new Map(keys.map(key => [parseKeyId(key.keyId), key]))
  if (byId.size === 0) throw new TypeError('keys must hold at least one key.')
  if (byId.size < keys.length) throw new TypeError('Two keys have one id.')
  return byId
}
