import { ApiProblem, type ProblemCode } from './api-problem.js'
import type { EventItem, RefusalCode } from './event-rules.js'
import type { FieldError } from './field-error.js'

/** Field faults that are worth a code of their own, so that rejects can be counted by reason. */
const OWN_CODE: ReadonlySet<string> = new Set([
  'unknown_status',
  'occurred_in_future',
] satisfies ProblemCode[])

/** An event whose fields are wrong: 422, with the code of the fault when there is one fault and it has its own code. */
export function eventInvalid(errors: readonly FieldError[]): ApiProblem {
  const [first] = errors
  if (first !== undefined && errors.length === 1 && OWN_CODE.has(first.code))
    return new ApiProblem(first.code as ProblemCode, first.detail, errors)
  const where = errors.map(error => error.pointer).slice(0, 5)
  const more = errors.length > where.length ? ' and more' : ''
  return new ApiProblem('event_invalid', `The event is not acceptable at ${where.join(', ')}${more}.`, errors)
}

/** What a refusal of the rules says outside. `pointer` is where the event stands in the body. */
export function refusedItem(code: RefusalCode, { event }: EventItem, pointer: string): ApiProblem {
  switch (code) {
    case 'order_not_found':
      return new ApiProblem(code, 'This partner has no order with this id.')
    case 'event_id_reused':
      return at(
        code,
        `${pointer}/eventId`,
        `The event id ${event.eventId} was used for an event with another content. Give a new event a new id; use "supersedes" to correct one.`,
      )
    case 'supersedes_invalid':
      return at(
        code,
        `${pointer}/supersedes`,
        `There is no event ${event.supersedes} of the order ${event.orderId}. Name an event of the same order that was accepted before.`,
      )
    case 'earlier_item_undecided':
      return new ApiProblem(
        code,
        'An earlier item of the same order could not be decided now. Send that one and this one again, in this order.',
      )
    case 'item_undecided':
      return new ApiProblem(code, 'This item could not be decided now. Send it again.')
  }
}

function at(code: ProblemCode, pointer: string, detail: string): ApiProblem {
  return new ApiProblem(code, detail, [{ pointer, code, detail }])
}
