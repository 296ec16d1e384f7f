import type { Adapter, AdapterPayload } from 'oidc-provider'

const MAX_ENTRIES = 10_000

interface Entry {
  readonly payload: AdapterPayload
  readonly expiresAt: number
}

/**
 * What oidc-provider has to remember (proofs seen, device codes, sessions), in this process only: access tokens are
 * JWTs and need no place. Bounded; the oldest entry goes first.
 */
export class MemoryAdapter implements Adapter {
  readonly #entries = new Map<string, Entry>()
  readonly #keysByUid = new Map<string, string>()
  readonly #keysByUserCode = new Map<string, string>()

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<undefined> {
    this.#drop(id)
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < MAX_ENTRIES) break
      this.#drop(oldest)
    }
    const expiresAt = expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000
    this.#entries.set(id, { payload, expiresAt })
    if (payload.uid !== undefined) this.#keysByUid.set(payload.uid, id)
    if (payload.userCode !== undefined) this.#keysByUserCode.set(payload.userCode, id)
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const entry = this.#entries.get(id)
    if (entry !== undefined && entry.expiresAt > Date.now()) return entry.payload
    this.#drop(id)
    return undefined
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.find(this.#keysByUid.get(uid) ?? '')
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.find(this.#keysByUserCode.get(userCode) ?? '')
  }

  async consume(id: string): Promise<undefined> {
    const payload = this.#entries.get(id)?.payload
    if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id: string): Promise<undefined> {
    this.#drop(id)
  }

  async revokeByGrantId(grantId: string): Promise<undefined> {
    for (const [id, { payload }] of this.#entries) if (payload.grantId === grantId) this.#drop(id)
  }

  #drop(id: string): void {
    const payload = this.#entries.get(id)?.payload
    this.#entries.delete(id)
    if (payload?.uid !== undefined) this.#keysByUid.delete(payload.uid)
    if (payload?.userCode !== undefined) this.#keysByUserCode.delete(payload.userCode)
  }
}
