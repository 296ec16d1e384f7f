import { createCanonicalHeaderValue, type HeaderPair, quoteFragment } from '@countersign/protocol'
import { VerificationError } from './errors.js'
import type { HeaderRules } from './header-rules.js'

/**
 * The headers of one request, read once from the flat raw list into pairs of our own with lower-case names. Nothing
 * is ever indexed by a name that the caller chose, so `__proto__` and `constructor` are names like any other.
 */
export class RequestHeaders {
  /** In wire order, names in lower case, values raw. */
  readonly pairs: HeaderPair[] = []
  /** Present headers that must be signed, lower-case. */
  readonly mustSign: string[] = []

  /** The raw value of the first header with this lower-case name. */
  get(name: string): string | undefined {
    for (const pair of this.pairs) if (pair[0] === name) return pair[1]
    return undefined
  }

  /** The canonical value of the first header with this lower-case name. */
  getCanonical(name: string): string | undefined {
    const value = this.get(name)
    return value === undefined ? undefined : createCanonicalHeaderValue(name, value)
  }
}

/**
 * Reads a flat raw list.
 *
 * @throws VerificationError `header_invalid`, `duplicate_header`, `method_override`
 */
export function readRequestHeaders(rawHeaders: readonly string[], rules: HeaderRules): RequestHeaders {
  const headers = new RequestHeaders()
  let seen = 0
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const spelling = rawHeaders[i]!
    const known = rules.bySpelling.get(spelling)
    const name = known === undefined ? spelling.toLowerCase() : known.name
    const rule = known === undefined ? rules.byName.get(name) : known.rule
    if (rule === undefined) {
      const first = name.charCodeAt(0)
      // A pseudo-header of HTTP/2 (":path") belongs into `target` and `authority`, an empty name nowhere.
      if (first === 0x3a || name === '') throw refuseName(name)
      if (first === 0x78 && hasSignedPrefix(name, rules)) headers.mustSign.push(name)
    } else {
      if (rule.transport) continue
      if (rule.methodOverride) throw refuseOverride(name)
      if ((seen & rule.singletonBit) !== 0) throw refuseDuplicate(name)
      seen |= rule.singletonBit
      if (rule.mustSign) headers.mustSign.push(name)
    }
    headers.pairs.push([name, rawHeaders[i + 1]!])
  }
  return headers
}

// Every prefix of the scheme table starts with `x-`.
function hasSignedPrefix(name: string, rules: HeaderRules): boolean {
  for (const prefix of rules.signedPrefixes) if (name.startsWith(prefix)) return true
  return false
}

function refuseName(name: string): VerificationError {
  return new VerificationError('header_invalid', {
    part: 'headers',
    message: `${quoteFragment(name)} is no header name.`,
  })
}

function refuseOverride(name: string): VerificationError {
  return new VerificationError('method_override', {
    part: name,
    message: `The header ${name} is never accepted. Send the method itself.`,
  })
}

function refuseDuplicate(name: string): VerificationError {
  return new VerificationError('duplicate_header', {
    part: name,
    message: `The header ${name} stands twice. Send it once.`,
  })
}
