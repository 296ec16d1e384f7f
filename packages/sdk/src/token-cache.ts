import type { AccessToken } from './access-token.js'

/** Where tokens outlive the process: {@link tokenFileCache}, or a store of your own. */
export interface TokenCache {
  /**
   * Gives the token of `key`: the one that is there, or the one that `fetch` brings, which is then written down. Of all
   * who ask at once, one fetches and the others get what it brought, as far as that can be arranged.
   *
   * A cache never makes a call fail: where it cannot read, lock or write, it calls `fetch` and tells `onUnusable`.
   *
   * @param key 64 hexadecimal digits: what the token depends on, the credential among it
   * @param isGood whether a token that is there will do
   */
  share(
    key: string,
    isGood: (token: AccessToken) => boolean,
    fetch: () => Promise<AccessToken>,
    onUnusable: (reason: string) => void,
  ): Promise<AccessToken>
  /** Forgets all tokens. @returns how many there were */
  clear(): Promise<number>
}
