// Every rule of the wire format (spec/partner-signing.md, by section) and one way to get it wrong: `find` stands exactly
// once in `file` (a path under packages/), `replace` takes its place. Written as a tired programmer might write it.
//
// Left out are rules that no request can show: comparing in constant time, a comparison that NaN fails,
// a window of its own for a route, quotas and their refund, signing again for every attempt. They have tests of their own.
import { EVENT_BREAKAGES } from './events.mjs'
import { HTTP_SIGNATURE_BREAKAGES } from './http-signature.mjs'
import { SIGNING_BREAKAGES } from './signing.mjs'
import { TARGET_BREAKAGES } from './target.mjs'
import { VERIFICATION_BREAKAGES } from './verification.mjs'

/** @type {readonly { rule: string, file: string, find: string, replace: string }[]} */
export const BREAKAGES = [
  ...SIGNING_BREAKAGES,
  ...TARGET_BREAKAGES,
  ...VERIFICATION_BREAKAGES,
  ...HTTP_SIGNATURE_BREAKAGES,
  ...EVENT_BREAKAGES,
]
