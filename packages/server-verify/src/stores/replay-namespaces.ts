interface PartnerShare {
  readonly partnerId: string
  readonly byKeyId: Map<string, Namespace>
  claims: number
}

/** The claims of one key id of one partner. */
export interface Namespace {
  /** From 1 on; 0 is no namespace. */
  readonly number: number
  readonly keyId: string
  readonly partner: PartnerShare
  claims: number
}

/**
 * Small numbers for (partner, key id), so that a slot of the table names its owner in four bytes. A number is given
 * back with its last claim, so memory follows what is live, not what was ever seen.
 */
export class ReplayNamespaces {
  readonly #partners = new Map<string, PartnerShare>()
  readonly #byNumber: (Namespace | undefined)[] = [undefined]
  readonly #free: number[] = []

  /** `undefined` when this key id holds no claim. */
  find(partnerId: string, keyId: string): Namespace | undefined {
    return this.#partners.get(partnerId)?.byKeyId.get(keyId)
  }

  /** Claims of a partner over all its key ids. */
  claimsOf(partnerId: string): number {
    return this.#partners.get(partnerId)?.claims ?? 0
  }

  /** Counts one claim more for its owner, which begins to exist with its first claim. */
  retain(found: Namespace | undefined, partnerId: string, keyId: string): number {
    const namespace = found ?? this.#create(partnerId, keyId)
    namespace.claims++
    namespace.partner.claims++
    return namespace.number
  }

  /** Counts one claim less. */
  release(number: number): void {
    const namespace = this.#byNumber[number]!
    const { partner, keyId } = namespace
    partner.claims--
    namespace.claims--
    if (namespace.claims > 0) return
    this.#byNumber[number] = undefined
    this.#free.push(number)
    partner.byKeyId.delete(keyId)
    if (partner.byKeyId.size === 0) this.#partners.delete(partner.partnerId)
  }

  #create(partnerId: string, keyId: string): Namespace {
    let partner = this.#partners.get(partnerId)
    if (partner === undefined) {
      partner = { partnerId, byKeyId: new Map(), claims: 0 }
      this.#partners.set(partnerId, partner)
    }
    const number = this.#free.pop() ?? this.#byNumber.length
    const namespace = { number, keyId, partner, claims: 0 }
    this.#byNumber[number] = namespace
    partner.byKeyId.set(keyId, namespace)
    return namespace
  }
}
