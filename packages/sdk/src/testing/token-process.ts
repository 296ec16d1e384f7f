// A process that wants a token and is nothing else: bundled by the tests and started many times at once.
// argv: directory, address of a server that answers with an IssuedToken.
import { AccessTokenSource } from '../access-token-source.js'
import { SYSTEM_TOKEN_CLOCK } from '../token-clock.js'
import { tokenFileCache } from '../token-file-cache.js'

const [, , directory = '', address = ''] = process.argv
const source = new AccessTokenSource({
  key: 'a'.repeat(64),
  clock: SYSTEM_TOKEN_CLOCK,
  random: Math.random,
  onEvent: event => console.error(JSON.stringify(event)),
  cache: tokenFileCache({ directory }),
  request: async () =>
    (await (await fetch(address)).json()) as { value: string; type: 'Bearer'; expiresInMs: number },
})
const started = performance.now()
const { token } = await source.get()
process.stdout.write(`${JSON.stringify({ token: token.value, waitedMs: performance.now() - started })}\n`)
