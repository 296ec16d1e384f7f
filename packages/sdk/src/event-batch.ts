import { invalidResponse, readBody } from './answer.js'
import type { ApiAccess } from './api-access.js'
import type { Batch, BatchAnswer, Verdict } from './batch-answer.js'
import { type PartnerError, ServiceUnavailableError } from './errors.js'
import type { IdentifiedEvent } from './order-event.js'
import { isRecord, type ProblemDetails, parseProblemDetails } from './problem-details.js'
import type { AcceptedOutcome, RejectedOutcome } from './push-outcome.js'
import { isReceipt } from './receipt.js'
import { type AttemptOutcome, isTransient } from './retry-policy.js'
import type { ReceivedResponse } from './transport-contract.js'

/** A row on its way through the bulk engine. */
export interface BatchItem {
  readonly index: number
  readonly orderId: string
  readonly event: IdentifiedEvent
}

export type RowDecision =
  | Pick<AcceptedOutcome, 'result' | 'receipt'>
  | Pick<RejectedOutcome, 'result' | 'problem'>

/** Why a row or a batch is undecided. */
export interface BatchFailure {
  readonly error: PartnerError
  readonly outcome: AttemptOutcome
}

type Answer = BatchAnswer<RowDecision, BatchFailure>

/** Sends one batch, once, and says what it means for each row. */
export async function sendBatch(
  api: ApiAccess,
  batch: Batch<BatchItem>,
  signal: AbortSignal,
): Promise<Answer> {
  const items = batch.items.map(item => item.event)
  const path = '/v1/order-statuses'
  const attempt = await api.attempt({ method: 'POST', path, body: { items }, signal }, batch.attempt)
  if ('response' in attempt) return readVerdicts(batch.items, attempt.response)
  const { error, outcome } = attempt
  if (isTransient(outcome)) {
    const throttled = error.status === 429 ? { pauseMs: error.retryAfterMs ?? 0 } : undefined
    return { undecided: { error, outcome }, throttled }
  }
  if (error.status === 413 || error.status === 422) {
    const problem = error.problem ?? describeRefusal(error, error.status)
    return {
      refused: { result: 'rejected', problem: withoutItemPointers(problem) },
      tooLarge: error.status === 413,
    }
  }
  return { fatal: error }
}

function readVerdicts(items: readonly BatchItem[], response: ReceivedResponse): Answer {
  const body = readBody(response)
  const results: unknown = isRecord(body) ? body['results'] : undefined
  if (!Array.isArray(results) || results.length !== items.length)
    throw invalidResponse(response, 'it does not hold one result for each event')
  const verdicts = items.map(({ event }, index): Verdict<RowDecision, BatchFailure> => {
    const result: unknown = results[index]
    if (!isRecord(result) || typeof result['status'] !== 'number' || result['eventId'] !== event.eventId)
      throw invalidResponse(response, `its result number ${index} is not about the event in that place`)
    return readVerdict(event, result, result['status'], response)
  })
  return { verdicts }
}

function readVerdict(
  event: IdentifiedEvent,
  result: Record<string, unknown>,
  status: number,
  response: ReceivedResponse,
): Verdict<RowDecision, BatchFailure> {
  if (status === 202) {
    const { receipt } = result
    if (isReceipt(receipt, event.eventId)) return { decision: { result: 'accepted', receipt } }
    throw invalidResponse(response, 'an accepted event has no receipt')
  }
  const problem = parseProblemDetails(result['problem'], status)
  if (status === 424 || status >= 500 || problem?.retryable === true) {
    const code = problem?.code ?? `http_${status}`
    const message = `Event ${event.eventId} was answered ${status} ${code}: ${problem?.detail ?? 'undecided'}`
    const facts = { status, problem, requestId: problem?.requestId, retryable: true }
    const error = new ServiceUnavailableError(code, message, facts)
    return { undecided: { error, outcome: { status, retryable: true, repeatable: true } } }
  }
  const decided = problem ?? {
    type: 'about:blank',
    title: '',
    status,
    code: `http_${status}`,
    retryable: false,
  }
  return { decision: { result: 'rejected', problem: withoutItemPointers(decided) } }
}

function describeRefusal(error: PartnerError, status: number): ProblemDetails {
  return { type: 'about:blank', title: error.message, status, code: error.code, retryable: false }
}

/** `/items/7/status` is `/status` of the event: in which place of which batch it was sent is nobody's business. */
function withoutItemPointers(problem: ProblemDetails): ProblemDetails {
  if (problem.errors === undefined) return problem
  const errors = problem.errors.map(part => ({
    ...part,
    pointer: part.pointer.replace(/^\/items\/[0-9]+/, ''),
  }))
  return { ...problem, errors }
}
