import { createPayloadHash, ProtocolError } from '@countersign/protocol'
import { type AuditRecord, createAuditRecord } from './audit-record.js'
import type { Credential, SchemeName } from './credential.js'
import { DependencyError, refuseMalformed, VerificationError } from './errors.js'
import type { Freshness } from './freshness.js'
import type { IncomingRequest } from './incoming-request.js'
import type { IpAddress } from './ip-address.js'
import { createRequestId } from './request-id.js'
import type { SchemeAttempt } from './schemes/verification-scheme.js'
import type { SignatureEvidence } from './signature-evidence.js'
import type { VerificationSpan } from './telemetry.js'
import type { VerificationErrorCode } from './verification-error-codes.js'
import type { VerifierContext } from './verifier-options.js'

/** What somebody hears who does not know a secret; not what a request without any credential hears. */
const WRONG_PROOF: ReadonlySet<string> = new Set<VerificationErrorCode>([
  'invalid_credentials',
  'invalid_token',
  'invalid_dpop_proof',
  'certificate_mismatch',
])

/** One request on its way through the pipeline: its id, its clock, what is charged to whom, how it ended. */
export class VerificationAttempt implements SchemeAttempt {
  readonly requestId: string = createRequestId()
  /** ms since epoch; one reading for the whole request. */
  readonly now: number
  /** What is being asked right now: whose outage an unknown error is. */
  waitingFor: string | undefined = undefined
  readonly freshness: Freshness
  /** The scheme by which the request presents its credential. */
  scheme: SchemeName | undefined = undefined
  #bodySha256: string | undefined = undefined
  readonly #context: VerifierContext
  readonly #request: IncomingRequest
  readonly #startedAt: number
  readonly #span: VerificationSpan | undefined
  #address: IpAddress | undefined = undefined
  #addressSlot: number | undefined = undefined
  #credential: Credential | undefined = undefined

  constructor(
    context: VerifierContext,
    request: IncomingRequest,
    freshness: Freshness,
    span: VerificationSpan | undefined,
  ) {
    this.freshness = freshness
    this.#context = context
    this.#request = request
    this.#span = span
    this.#startedAt = context.audit === undefined && context.telemetry === undefined ? 0 : performance.now()
    this.now = context.now()
  }

  /** @throws VerificationError `address_blocked`, `rate_limited` */
  chargeAddress(address: IpAddress | undefined): void {
    if (address === undefined) return
    this.#context.addressBlock?.assertNotBlocked(address)
    this.#address = address
    this.#addressSlot = this.#context.addressLimiter?.charge(address, this.now)
  }

  hashBody(): string {
    return (this.#bodySha256 ??= this.#request.toldBodySha256 ?? createPayloadHash(this.#request.body))
  }

  /** From here on the caller is known. */
  authenticated(credential: Credential): void {
    this.#credential = credential
  }

  /** @returns a promise when the audit log asks to wait */
  accepted(evidence: SignatureEvidence | undefined): void | Promise<void> {
    this.#refundAddress()
    const { audit } = this.#context
    if (audit === undefined) return
    this.waitingFor = 'audit log'
    const record = this.#createRecord('accepted', null)
    return audit.record(evidence === undefined ? record : { ...record, evidence })
  }

  /** Turns what was thrown into the refusal, and takes note of it. */
  async refuse(thrown: unknown): Promise<VerificationError | DependencyError> {
    const error = this.#toRefusal(thrown)
    error.requestId = this.requestId
    if (error instanceof VerificationError) this.#faceOutside(error)
    // Whoever got hold of one signed request can send it again and again: that stays charged.
    const mayBeStranger = error.status === 401 || error.status === 409
    if (error instanceof DependencyError || (this.#credential !== undefined && !mayBeStranger))
      this.#refundAddress()
    if (this.#credential === undefined && this.#address !== undefined && WRONG_PROOF.has(error.code))
      this.#context.addressBlock?.failed(this.#address)
    try {
      await this.#record(error)
    } catch {
      // The request is refused already; that its record could not be written does not change the answer.
    }
    this.ended(error)
    return error
  }

  /** The verdict is out: measures it. */
  ended(error: VerificationError | DependencyError | undefined): void {
    const { telemetry } = this.#context
    if (telemetry === undefined) return
    const facts = {
      outcome: error === undefined ? 'accepted' : error.code,
      scheme: this.scheme ?? 'none',
      status: error?.status,
      requestId: this.requestId,
      partnerId: this.#credential?.partnerId,
      credentialId: this.#credential?.keyId,
    }
    telemetry.ended(facts, error, (performance.now() - this.#startedAt) / 1000)
    this.#span?.end(facts)
  }

  #toRefusal(thrown: unknown): VerificationError | DependencyError {
    if (thrown instanceof VerificationError || thrown instanceof DependencyError) return thrown
    if (thrown instanceof ProtocolError) return refuseMalformed(thrown)
    const dependency = this.waitingFor
    return dependency === undefined
      ? new DependencyError('internal_error', { dependency: 'verifier', cause: thrown })
      : new DependencyError('dependency_unavailable', { dependency, cause: thrown })
  }

  #faceOutside(error: VerificationError): void {
    if (error.status === 401) error.challenge ??= this.#context.challenge
    if (error.explanation !== undefined && !asksForExplanation(this.#request.rawHeaders))
      error.explanation = undefined
  }

  #refundAddress(): void {
    if (this.#credential !== undefined && this.#address !== undefined)
      this.#context.addressBlock?.succeeded(this.#address)
    if (this.#addressSlot === undefined) return
    this.#context.addressLimiter?.refund(this.#addressSlot)
    this.#addressSlot = undefined
  }

  #record(error: VerificationError | DependencyError): void | Promise<void> {
    const { audit } = this.#context
    if (audit === undefined) return
    const outcome = error instanceof VerificationError ? error.detail : error.code
    const record = this.#createRecord(outcome, error.status)
    if (this.#credential !== undefined) return audit.record(record)
    audit.recordUnauthenticated(record, this.now)
  }

  #createRecord(outcome: string, status: number | null): AuditRecord {
    return createAuditRecord(this.#request, {
      time: new Date(this.now).toISOString(),
      requestId: this.requestId,
      partner: this.#credential?.partnerId ?? null,
      credential: this.#credential?.keyId ?? null,
      scheme: this.#credential === undefined ? null : (this.scheme ?? null),
      outcome,
      status,
      latencyMs: Math.round((performance.now() - this.#startedAt) * 1000) / 1000,
      bodySha256: this.#bodySha256 ?? null,
    })
  }
}

function asksForExplanation(rawHeaders: readonly string[]): boolean {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i + 1] === '1' && rawHeaders[i]!.toLowerCase() === 'countersign-explain') return true
  }
  return false
}
