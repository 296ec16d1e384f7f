import type { AddressBlock } from './address-block.js'
import type { AuditLog } from './audit-log.js'
import type { CredentialStore } from './credential-store.js'
import { DependencyError, type VerificationError } from './errors.js'
import { isPending } from './pending.js'
import type { ReplayGuard } from './replay-guard.js'
import type { Telemetry, VerificationFacts } from './telemetry.js'
import { PROBLEM_KINDS } from './verification-error-codes.js'

/** What a verifier reports about. */
export interface Observed {
  readonly replay: ReplayGuard
  readonly audit: AuditLog | undefined
  readonly addressBlock: AddressBlock | undefined
}

/** The most names of dependencies that are told apart. */
const MAX_DEPENDENCIES = 32

/** Turns what happens to requests into measurements. Every label comes from a closed or bounded set. */
export class TelemetryRecorder {
  readonly telemetry: Telemetry
  readonly #dependencies = new Set<string>()

  constructor(telemetry: Telemetry, { replay, audit, addressBlock }: Observed) {
    this.telemetry = telemetry
    if ('size' in replay && typeof replay.size === 'number')
      telemetry.observe('countersign.replay_guard.claims', () => (replay as { size: number }).size)
    if (addressBlock !== undefined) {
      telemetry.observe('countersign.addresses.blocked', () => addressBlock.blocked().length)
      addressBlock.onChange(({ kind }) => telemetry.add('countersign.address.blocks', { event: kind }))
    }
    if (audit?.status !== undefined) {
      telemetry.observe('countersign.audit.pending', () => audit.status?.pending ?? 0)
      telemetry.observe('countersign.audit.failures', () => audit.status?.failures ?? 0)
      telemetry.observe('countersign.audit.lost', () => audit.status?.lost ?? 0)
    }
  }

  /** A verification has ended. */
  ended(
    facts: VerificationFacts,
    error: VerificationError | DependencyError | undefined,
    seconds: number,
  ): void {
    const { telemetry } = this
    const known = error === undefined || Object.hasOwn(PROBLEM_KINDS, facts.outcome)
    telemetry.add('countersign.verifications', {
      outcome: known ? facts.outcome : 'other',
      scheme: facts.scheme,
    })
    const result =
      error === undefined ? 'accepted' : error instanceof DependencyError ? 'unavailable' : 'refused'
    telemetry.record('countersign.verification.duration', seconds, { result })
    if (error instanceof DependencyError)
      telemetry.add('countersign.dependency.failures', { dependency: this.#nameDependency(error.dependency) })
    else if (error?.status === 429) telemetry.add('countersign.limit.refusals', { limit: nameLimit(error) })
  }

  /** A store whose answers are counted: at once is a hit, later a miss. */
  countLookups(store: CredentialStore): CredentialStore {
    const { telemetry } = this
    return {
      findByKeyId(keyId) {
        const found = store.findByKeyId(keyId)
        const result = isPending(found) ? 'miss' : 'hit'
        telemetry.add('countersign.cache.lookups', { cache: 'credentials', result })
        return found
      },
    }
  }

  // The name may come from somebody else's store or scheme.
  #nameDependency(name: string): string {
    if (this.#dependencies.has(name)) return name
    if (this.#dependencies.size === MAX_DEPENDENCIES || !/^[a-z][a-z0-9 _-]{0,39}$/.test(name)) return 'other'
    this.#dependencies.add(name)
    return name
  }
}

function nameLimit({ code, detail }: VerificationError): string {
  if (code === 'address_blocked') return 'block'
  if (code === 'concurrency_limited') return 'concurrency'
  return detail === 'address_limited' ? 'address' : 'quota'
}
