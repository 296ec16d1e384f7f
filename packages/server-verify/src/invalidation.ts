/**
 * Told what has changed: a key id, or `undefined` when it is not known what (messages were missed, a connection was
 * lost): then nothing that is cached may be used any more.
 */
export type InvalidationListener = (keyId: string | undefined) => void

/** Ends a subscription. */
export type StopListening = () => Promise<void>

/**
 * Tells every process that a credential has changed, so that none goes on with what it has in its cache.
 *
 * A message can get lost, and so can the connection that would bring it. Whoever caches must compare `lastKnownAt`
 * with its own bound and throw `DependencyError` (503) beyond it: a revoked credential could be in use.
 */
export interface CredentialInvalidation {
  /**
   * To be called after the change was stored. Resolves when the change was announced; whoever revokes must not report
   * success before.
   *
   * @throws DependencyError `dependency_unavailable`
   */
  publish(keyId: string): Promise<void>
  /**
   * Resolves when the listener misses nothing from now on. What was read before that must not be cached.
   *
   * @throws DependencyError `dependency_unavailable`
   */
  subscribe(listener: InvalidationListener): Promise<StopListening>
  /**
   * The latest moment (ms since epoch) up to which every change is known to have been told to the listeners; 0 before
   * the first subscription. It moves about once a second, and stands still when the changes cannot be learnt.
   */
  readonly lastKnownAt: number
}
