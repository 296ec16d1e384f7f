/** Whether a store answered with a promise. Any thenable counts: a client library may bring its own. */
export function isPending<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  return typeof answer === 'object' && answer !== null && 'then' in answer
}
