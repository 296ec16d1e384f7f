import { randomUUID } from 'node:crypto'

/** A request id of our own; one that the caller sends is never taken over. */
export function createRequestId(): string {
  return randomUUID()
}
