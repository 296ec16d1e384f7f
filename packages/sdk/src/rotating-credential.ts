import { PartnerError, UsageError } from './errors.js'
import { Secret, type SecretSource } from './secret.js'

/**
 * A credential that is made from a secret, and made anew when the secret turns out to have changed. The secret itself
 * lives in closures only: no property leads to it.
 */
export class RotatingCredential<Credential extends object> {
  readonly #provider: (() => Promise<string>) | undefined
  readonly #isSame: (text: string) => boolean
  readonly #use: (text: string) => Credential
  readonly #what: string
  #current: Credential | undefined
  #loading: Promise<Credential> | undefined

  /**
   * @param what names the secret in messages: `the API key`
   * @throws UsageError `secret_invalid`, and what `build` throws, when `source` is no function
   */
  constructor(source: SecretSource, what: string, build: (text: string) => Credential) {
    let known: Secret | undefined
    this.#what = what
    this.#isSame = text => known?.reveal() === text
    this.#use = text => {
      const credential = build(text)
      known = new Secret(text)
      return credential
    }
    if (typeof source === 'function') this.#provider = async () => readSecret(await source(), what)
    else this.#current = this.#use(readSecret(source, what))
  }

  /** Undefined until a function has been asked for the first time. */
  get current(): Credential | undefined {
    return this.#current
  }

  /** Asks the source, once for all who wait. @throws UsageError `secret_unavailable`, `secret_invalid` */
  load(): Promise<Credential> {
    if (this.#provider === undefined) return Promise.resolve(this.#current as Credential)
    this.#loading ??= this.#ask(this.#provider).finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  /**
   * The server refused a credential.
   *
   * @param used the one that was refused
   * @returns whether there is another one now
   */
  async renew(used: Credential | undefined): Promise<boolean> {
    if (this.#provider === undefined) return false
    // Another request may have fetched the new secret while this one was on its way.
    if (this.#current === used) await this.load()
    return this.#current !== used
  }

  async #ask(provider: () => Promise<string>): Promise<Credential> {
    let text: string
    try {
      text = await provider()
    } catch (cause) {
      if (cause instanceof PartnerError) throw cause
      // Neither the message nor the cause of the provider's error is passed on: nobody knows what it holds.
      const name = cause instanceof Error ? cause.name : typeof cause
      throw new UsageError('secret_unavailable', `The function that provides ${this.#what} failed (${name}).`)
    }
    if (this.#current === undefined || !this.#isSame(text)) this.#current = this.#use(text)
    return this.#current
  }
}

function readSecret(secret: string | Secret, what: string): string {
  const value: unknown = secret instanceof Secret ? secret.reveal() : secret
  if (typeof value === 'string' && value !== '') return value
  throw new UsageError(
    'secret_invalid',
    `${what[0]?.toUpperCase()}${what.slice(1)} is empty or no text. Check where it comes from.`,
  )
}
