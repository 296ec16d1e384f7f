import { DependencyError } from '../errors.js'
import { createSender, type RedisClient, type RedisOptions, type SendToKey } from './redis-client.js'

const PREFIX = /^[A-Za-z0-9:_.-]{1,64}$/
/** Commands without an answer at most. A server that hangs must not fill our memory with them. */
const MAX_PENDING = 8192

/** Commands with a deadline; whatever goes wrong is an outage of `dependency`. */
export class RedisCommands {
  readonly prefix: string
  readonly #send: SendToKey
  readonly #dependency: string
  readonly #timeoutMs: number
  #pending = 0

  constructor(
    client: RedisClient,
    dependency: string,
    { prefix = 'countersign', timeoutMs = 50 }: RedisOptions,
  ) {
    if (!PREFIX.test(prefix)) throw new TypeError('prefix must be 1 to 64 of A-Z a-z 0-9 : _ . -')
    if (!(timeoutMs > 0 && timeoutMs <= 60_000))
      throw new RangeError('timeoutMs must be above 0 and at most 60,000.')
    this.prefix = prefix
    this.#send = createSender(client)
    this.#dependency = dependency
    this.#timeoutMs = timeoutMs
  }

  /**
   * Runs one command. All its keys are in the hash slot of `key`.
   *
   * @throws DependencyError `dependency_unavailable`; `cause` is what the client said
   */
  run(
    key: string,
    args: readonly [string, ...string[]],
    timeoutMs: number = this.#timeoutMs,
  ): Promise<unknown> {
    if (this.#pending >= MAX_PENDING)
      return Promise.reject(this.#outage(new Error('too many unanswered commands')))
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        // A busy process runs its timers before it reads its sockets: an answer that is there already counts.
        setImmediate(() => reject(this.#outage(new Error(`no answer within ${timeoutMs} ms`))))
      }, timeoutMs)
      const settled = (): void => {
        clearTimeout(timer)
        this.#pending--
      }
      this.#pending++
      this.#start(key, args).then(
        answer => {
          settled()
          resolve(answer)
        },
        (error: unknown) => {
          settled()
          reject(this.#outage(error))
        },
      )
    })
  }

  /** Runs a Lua script: atomic. The keys must share a hash tag. */
  evaluate(
    script: string,
    keys: readonly [string, ...string[]],
    args: readonly string[],
    timeoutMs?: number,
  ): Promise<unknown> {
    return this.run(keys[0], ['EVAL', script, String(keys.length), ...keys, ...args], timeoutMs)
  }

  async #start(key: string, args: readonly [string, ...string[]]): Promise<unknown> {
    return this.#send(key, args)
  }

  #outage(cause: unknown): DependencyError {
    return new DependencyError('dependency_unavailable', { dependency: this.#dependency, cause })
  }
}
