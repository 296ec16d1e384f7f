import { ProtocolError } from '@countersign/protocol'
import { describeRefusal, isSuccess, readRequestId } from './answer.js'
import type { AuthenticationContext, AuthenticationNetwork, Authenticator } from './authenticator.js'
import type { CorrectedClock } from './corrected-clock.js'
import type { CredentialEvent, DebugContext, DebugEvent } from './debug-event.js'
import { ConnectionError, PartnerError, ResponseError, UsageError } from './errors.js'
import type { LifecycleNotices } from './lifecycle-notices.js'
import { formatTarget, type OutgoingRequest } from './outgoing-request.js'
import type { AttemptOutcome } from './retry-policy.js'
import type { ReceivedResponse, Transport } from './transport-contract.js'

/** What every attempt of a client shares. */
export interface AttemptParts {
  readonly transport: Transport
  readonly auth: Authenticator
  readonly network: AuthenticationNetwork
  readonly clock: CorrectedClock
  readonly notices: LifecycleNotices
  /** Told only what nobody should miss: `deprecated`. */
  readonly onNotice: (event: DebugEvent) => void
  readonly onDebug?: ((event: DebugEvent) => void) | undefined
}

export interface AttemptOptions {
  /** Carrying the request out twice does no harm. */
  readonly repeatable: boolean
  readonly signal?: AbortSignal | undefined
}

/** How one attempt ended: with a good answer, or with an error and what the retry policy wants to know about it. */
export type Attempt =
  | { readonly response: ReceivedResponse }
  | { readonly error: PartnerError; readonly outcome: AttemptOutcome }

/** Signs a request, sends it, and makes of the answer what it means. */
export class SignedAttempt {
  readonly #parts: AttemptParts

  constructor(parts: AttemptParts) {
    this.#parts = parts
  }

  /**
   * One attempt. A wrong clock and an outdated credential are put right and tried again at once, each at most once.
   *
   * @throws UsageError, or the signal's reason; failures of the network and the server are returned
   */
  async run(request: OutgoingRequest, options: AttemptOptions, number: number): Promise<Attempt> {
    const { clock, auth, onDebug } = this.#parts
    const tried = new Set<string>()
    for (;;) {
      options.signal?.throwIfAborted()
      const context = this.#createContext(request, number, options.signal)
      const signed = await this.#sign(request, context)
      if ('error' in signed) return signed
      const sent = await this.#send(signed, options, number)
      if (!('response' in sent)) return sent
      const { response } = sent
      this.#announce(request, number, response)
      if (isSuccess(response)) {
        auth.observe?.(signed, response.headers)
        return sent
      }
      const error = describeRefusal(request, response, clock.now())
      if (response.status === 401 && !tried.has(error.code)) {
        tried.add(error.code)
        if (error.code === 'clock_skew' && clock.adopt(response)) {
          onDebug?.({ ...debugContext(request, number), type: 'clock_corrected', now: clock.now() })
          continue
        }
        const refusal = { status: response.status, code: error.code, headers: response.headers }
        if (await auth.refresh?.(signed, refusal, context)) {
          onDebug?.({ ...debugContext(request, number), type: 'credential_refreshed' })
          continue
        }
      }
      return { error, outcome: describeOutcome(error, response, options) }
    }
  }

  #announce(request: OutgoingRequest, number: number, response: ReceivedResponse): void {
    const { notices, onNotice, onDebug } = this.#parts
    const notice = notices.read(response.headers)
    if (notice === undefined) return
    const event = { ...debugContext(request, number), type: 'deprecated', ...notice } as const
    onNotice(event)
    onDebug?.(event)
  }

  #createContext(
    request: OutgoingRequest,
    attempt: number,
    signal: AbortSignal | undefined,
  ): AuthenticationContext {
    const { clock, network, onDebug } = this.#parts
    const onTrace =
      onDebug &&
      ((trace: { canonicalRequest: string; stringToSign: string }): void =>
        onDebug({ ...debugContext(request, attempt), type: 'signed', ...trace }))
    const onEvent =
      onDebug && ((event: CredentialEvent): void => onDebug({ ...debugContext(request, attempt), ...event }))
    return { now: clock.now(), onTrace, signal, network, onEvent }
  }

  /** A credential that cannot be had just now is a failed attempt; one that cannot be had at all is thrown. */
  async #sign(
    request: OutgoingRequest,
    context: AuthenticationContext,
  ): Promise<OutgoingRequest | Extract<Attempt, { error: unknown }>> {
    try {
      return await this.#parts.auth.authenticate(request, context)
    } catch (error) {
      if (error instanceof ProtocolError) throw new UsageError(error.code, error.message, { cause: error })
      if (!(error instanceof PartnerError) || !error.retryable) throw error
      const outcome = { retryable: true, repeatable: true, notSent: true, waitMs: error.retryAfterMs }
      return { error, outcome }
    }
  }

  async #send(signed: OutgoingRequest, options: AttemptOptions, attempt: number): Promise<Attempt> {
    const { transport, onDebug } = this.#parts
    const context = debugContext(signed, attempt)
    const start = performance.now()
    try {
      const response = await transport.send(signed, options.signal)
      const { status } = response
      const durationMs = performance.now() - start
      onDebug?.({ ...context, type: 'answered', status, requestId: readRequestId(response), durationMs })
      return { response }
    } catch (error) {
      if (!(error instanceof PartnerError) || error instanceof UsageError) throw error
      onDebug?.({ ...context, type: 'failed', code: error.code, durationMs: performance.now() - start })
      const notSent = error instanceof ConnectionError && error.notSent
      return { error, outcome: { retryable: error.retryable, repeatable: options.repeatable, notSent } }
    }
  }
}

function describeOutcome(
  error: PartnerError,
  response: ReceivedResponse,
  options: AttemptOptions,
): AttemptOutcome {
  return {
    status: error instanceof ResponseError ? undefined : response.status,
    retryable: error.problem?.retryable === true,
    retryAfter: response.headers['retry-after'],
    repeatable: options.repeatable,
  }
}

export function debugContext(request: OutgoingRequest, attempt: number): DebugContext {
  return { method: request.method, target: formatTarget(request), attempt }
}
