/** How many claims a partner holds, over all its key ids. */
export interface PartnerShare {
  readonly partnerId: string
  readonly byKeyId: Map<string, number>
  claims: number
}

interface Namespace {
  readonly partner: PartnerShare
  readonly keyId: string
  claims: number
}

/**
 * Small numbers for (partner, key id), so that a slot of the table names its owner in four bytes. A number is given
 * back with its last claim, so memory follows what is live, not what was ever seen. 0 is no namespace.
 */
export class ReplayNamespaces {
  readonly #partners = new Map<string, PartnerShare>()
  readonly #namespaces: (Namespace | undefined)[] = [undefined]
  readonly #free: number[] = []

  /** @returns 0 when this owner holds no claim */
  find(partnerId: string, keyId: string): number {
    return this.#partners.get(partnerId)?.byKeyId.get(keyId) ?? 0
  }

  claimsOfPartner(partnerId: string): number {
    return this.#partners.get(partnerId)?.claims ?? 0
  }

  owner(namespace: number): { readonly partnerId: string; readonly keyId: string } {
    const { partner, keyId } = this.#namespaces[namespace]!
    return { partnerId: partner.partnerId, keyId }
  }

  /** Counts one claim more for its owner. */
  retain(partnerId: string, keyId: string): number {
    let partner = this.#partners.get(partnerId)
    if (partner === undefined) {
      partner = { partnerId, byKeyId: new Map(), claims: 0 }
      this.#partners.set(partnerId, partner)
    }
    let namespace = partner.byKeyId.get(keyId)
    if (namespace === undefined) {
      namespace = this.#free.pop() ?? this.#namespaces.length
      this.#namespaces[namespace] = { partner, keyId, claims: 0 }
      partner.byKeyId.set(keyId, namespace)
    }
    this.#namespaces[namespace]!.claims++
    partner.claims++
    return namespace
  }

  /** Counts one claim less. */
  release(number: number): void {
    const namespace = this.#namespaces[number]!
    const { partner, keyId } = namespace
    partner.claims--
    namespace.claims--
    if (namespace.claims > 0) return
    this.#namespaces[number] = undefined
    this.#free.push(number)
    partner.byKeyId.delete(keyId)
    if (partner.byKeyId.size === 0) this.#partners.delete(partner.partnerId)
  }
}
