import { readRequestId } from './answer.js'
import type { BreakerOutcome, CircuitBreaker } from './circuit-breaker.js'
import { ConnectionError, type PartnerError, ServiceUnavailableError } from './errors.js'
import type { OutgoingRequest } from './outgoing-request.js'
import { decideRetry, type RetryPolicy } from './retry-policy.js'
import {
  type Attempt,
  type AttemptOptions,
  type AttemptParts,
  debugContext,
  SignedAttempt,
} from './signed-attempt.js'
import type { Telemetry } from './telemetry.js'
import type { ReceivedResponse } from './transport-contract.js'
import { wait } from './wait.js'

/** What every exchange of a client shares. */
export interface ExchangeParts extends AttemptParts {
  readonly retry: RetryPolicy
  readonly breaker?: CircuitBreaker | undefined
  readonly telemetry?: Telemetry | undefined
}

/** Sends requests until they are answered: attempts, pauses between them, and an end to both. */
export class Exchange {
  readonly #parts: ExchangeParts
  readonly #attempt: SignedAttempt

  constructor(parts: ExchangeParts) {
    this.#parts = parts
    this.#attempt = new SignedAttempt(parts)
  }

  /** Attempts until there is a good answer or the policy says stop. @throws PartnerError, or the signal's reason */
  async run(request: OutgoingRequest, options: AttemptOptions): Promise<ReceivedResponse> {
    const span = this.#parts.telemetry?.startCall(request)
    try {
      const response = await this.#repeat(request, options, span?.context)
      span?.end({ status: response.status, requestId: readRequestId(response) })
      return response
    } catch (error) {
      span?.end({ errorType: (error as Partial<PartnerError> | undefined)?.code ?? 'aborted' })
      throw error
    }
  }

  async #repeat(
    request: OutgoingRequest,
    options: AttemptOptions,
    context: unknown,
  ): Promise<ReceivedResponse> {
    const { retry, clock, onDebug } = this.#parts
    for (let number = 1; ; number++) {
      const attempt = await this.attempt(request, options, number, context)
      if ('response' in attempt) return attempt.response
      const decision = decideRetry(retry, number, attempt.outcome, clock.now())
      if ('stop' in decision) throw attempt.error
      const { delayMs } = decision
      onDebug?.({ ...debugContext(request, number), type: 'waiting', code: attempt.error.code, delayMs })
      await wait(delayMs, options.signal)
    }
  }

  /**
   * One attempt, if the circuit breaker lets it pass.
   *
   * @param context the span that it is part of; default: the active one
   * @throws as {@link SignedAttempt.run}
   */
  async attempt(
    request: OutgoingRequest,
    options: AttemptOptions,
    number: number,
    context?: unknown,
  ): Promise<Attempt> {
    const admission = this.#parts.breaker?.enter()
    if (admission !== undefined && 'waitMs' in admission)
      return describeOpenCircuit(request, admission.waitMs)
    let outcome: BreakerOutcome = 'unknown'
    try {
      const attempt = await this.#observe(request, options, number, context)
      outcome = judge(attempt)
      return attempt
    } finally {
      const change = admission?.settle(outcome)
      if (change === 'closed')
        this.#parts.onDebug?.({ ...debugContext(request, number), type: 'circuit_closed' })
      else if (change !== undefined)
        this.#parts.onDebug?.({ ...debugContext(request, number), type: 'circuit_opened', ...change.opened })
    }
  }

  async #observe(
    request: OutgoingRequest,
    options: AttemptOptions,
    number: number,
    context: unknown,
  ): Promise<Attempt> {
    const { telemetry } = this.#parts
    if (telemetry === undefined) return this.#attempt.run(request, options, number)
    const span = telemetry.startAttempt(request, number, context)
    try {
      const attempt = await this.#attempt.run(telemetry.propagate(request, span), options, number)
      if ('response' in attempt) {
        const { status } = attempt.response
        span.end({ status, requestId: readRequestId(attempt.response) })
      } else {
        const { status, requestId, code } = attempt.error
        span.end({ status, requestId, errorType: code })
      }
      return attempt
    } catch (error) {
      span.end({ errorType: (error as Partial<PartnerError> | undefined)?.code ?? 'aborted' })
      throw error
    }
  }
}

function judge(attempt: Attempt): BreakerOutcome {
  if ('response' in attempt) return 'good'
  const { error } = attempt
  // A name that is unknown or a certificate that is not trusted is a fault on this side.
  if (error instanceof ConnectionError) return error.retryable ? 'bad' : 'unknown'
  // No access token: that is another server.
  if (error.code === 'token_endpoint_unavailable') return 'unknown'
  return error.status !== undefined && error.status >= 500 ? 'bad' : 'good'
}

function describeOpenCircuit({ method, path, authority }: OutgoingRequest, waitMs: number): Attempt {
  const message = `${method} ${path} was not sent: ${authority} failed too often in a row. The next attempt is due in ${Math.ceil(waitMs)} ms.`
  return {
    error: new ServiceUnavailableError('circuit_open', message, { retryable: true, retryAfterMs: waitMs }),
    outcome: { retryable: true, repeatable: true, notSent: true, waitMs },
  }
}
