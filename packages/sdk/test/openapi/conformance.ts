// Compared at compile time with what spec/openapi.yaml says (tools/check-api-types.mjs): a change of the specification
// that the sdk does not follow does not compile. Nothing here runs.
import type {
  Caller,
  EventProof,
  FieldProblem,
  IdentifiedEvent,
  Order,
  OrderLine,
  OrderStatus,
  ProblemDetails,
  Receipt,
  RecordedEvent,
  Shipment,
  SignatureExplanation,
} from '../../src/index.js'
import type { components, operations, paths } from './openapi-types.js'

type Schemas = components['schemas']

/** The names differ in neither direction: a field that was added or removed is noticed. */
type SameKeys<A, B> = [Exclude<keyof A, keyof B>, Exclude<keyof B, keyof A>] extends [never, never]
  ? true
  : { onlyInFirst: Exclude<keyof A, keyof B>; onlyInSecond: Exclude<keyof B, keyof A> }
type Same<A, B> = [A, B] extends [B, A] ? true : { differ: [A, B] }
/** What the server sends is what the sdk promises. */
type Fits<Sent, Promised> = Sent extends Promised ? true : { doesNotFit: [Sent, Promised] }

/** An interface as a plain object type. */
type Members<T> = { [Name in keyof T]: T[Name] }
/** With what the reader puts in place of what is absent (problem-details.ts). */
type Read<T, Filled> = Omit<T, keyof Filled> & Filled

function check<_Result extends true>(): void {}

// The vocabulary.
check<Same<Schemas['OrderStatus'], OrderStatus>>()
check<Same<Schemas['Effect'], Receipt['effect']>>()

// What is sent.
type SingleBody = operations['pushOrderStatus']['requestBody']['content']['application/json']
type BatchItem =
  operations['pushOrderStatuses']['requestBody']['content']['application/json']['items'][number]
check<Fits<Members<IdentifiedEvent>, SingleBody>>()
check<Fits<Members<IdentifiedEvent>, BatchItem>>()
check<SameKeys<IdentifiedEvent, Schemas['OrderEvent']>>()
check<SameKeys<Shipment, Schemas['Shipment']>>()
check<SameKeys<OrderLine, Schemas['OrderLine']>>()

// What comes back.
type Answer<Name extends keyof operations, Status extends number> = operations[Name] extends {
  responses: Record<Status, { content: { 'application/json': infer Body } }>
}
  ? Body
  : never
check<Same<Answer<'pushOrderStatus', 202>, Schemas['Receipt']>>()
check<Fits<Schemas['Receipt'], Receipt>>()
check<SameKeys<Schemas['Receipt'], Receipt>>()
check<Same<Answer<'pushOrderStatuses', 200>, Schemas['BatchResult']>>()
check<SameKeys<Schemas['BatchResult'], { results: unknown }>>()
check<
  SameKeys<Schemas['ItemResult'], { eventId: unknown; status: unknown; receipt: unknown; problem: unknown }>
>()
check<Same<Schemas['ItemResult']['status'], 202 | 404 | 422 | 424 | 503>>()
check<Same<Answer<'getOrder', 200>, Schemas['Order']>>()
check<Fits<Schemas['Order'], Order>>()
check<SameKeys<Schemas['Order'], Order>>()
check<Same<Answer<'listOrderStatuses', 200>, Schemas['OrderHistory']>>()
check<SameKeys<Schemas['OrderHistory'], { orderId: unknown; events: unknown; nextCursor: unknown }>>()
check<Fits<Schemas['RecordedEvent'], RecordedEvent>>()
check<SameKeys<Schemas['RecordedEvent'], RecordedEvent>>()
check<Same<Answer<'getEvent', 200>, Schemas['EventProof']>>()
check<Fits<Schemas['EventProof'], EventProof>>()
check<SameKeys<Schemas['EventProof'], EventProof>>()
check<Same<Answer<'whoami', 200>, Schemas['Caller']>>()
check<Fits<Schemas['Caller'], Caller>>()
check<SameKeys<Schemas['Caller'], Caller>>()
type ReadPart = Read<Schemas['ProblemPart'], { pointer: string; code: string }>
check<Fits<Read<Schemas['Problem'], { errors: readonly ReadPart[] }>, ProblemDetails>>()
check<SameKeys<Schemas['Problem'], ProblemDetails>>()
check<Fits<ReadPart, FieldProblem>>()
check<SameKeys<Schemas['ProblemPart'], FieldProblem>>()
check<SameKeys<NonNullable<Schemas['Problem']['explanation']>, SignatureExplanation>>()

// How it is asked for.
type Query<Name extends keyof operations> = NonNullable<operations[Name]['parameters']['query']>
check<SameKeys<Query<'listOrderStatuses'>, { cursor: unknown; limit: unknown }>>()

// Every operation of the API has its place in the sdk, and every place its operation.
type Covered = {
  pushOrderStatus: 'orders.pushStatus'
  pushOrderStatuses: 'orders.pushStatuses'
  listOrderStatuses: 'orders.history'
  getOrder: 'orders.get'
  getEvent: 'events.get'
  whoami: 'whoami'
}
type AboutTheService = 'getHealth' | 'getReadiness' | 'getDocumentJson' | 'getDocumentYaml'
check<SameKeys<Omit<operations, AboutTheService>, Covered>>()
type Called = {
  '/v1/orders/{orderId}/statuses': 'get' | 'post'
  '/v1/order-statuses': 'post'
  '/v1/orders/{orderId}': 'get'
  '/v1/events/{eventId}': 'get'
  '/v1/whoami': 'get'
}
type Versioned = { [Path in keyof paths as Path extends `/v1/${string}` ? Path : never]: paths[Path] }
check<SameKeys<Versioned, Called>>()
