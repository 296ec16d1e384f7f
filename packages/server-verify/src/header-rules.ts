import type { SigningScheme } from '@countersign/protocol'

/** How one header is treated when it is read; the policy is the server's, not the signer's. */
export interface HeaderRule {
  /** Bit of a header that may stand once only, else 0. */
  readonly singletonBit: number
  /** Must be signed when present (`spec/partner-signing.md` §9). */
  readonly mustSign: boolean
  /** Added by a proxy of our own: not read at all. */
  readonly transport: boolean
  /** Would change the method behind the signature's back. */
  readonly methodOverride: boolean
}

/** A name as it is often written, made lower-case and looked up beforehand. */
export interface KnownSpelling {
  readonly name: string
  readonly rule: HeaderRule | undefined
}

/** Rules by lower-case name, and the prefixes under which everything must be signed. */
export interface HeaderRules {
  readonly byName: ReadonlyMap<string, HeaderRule>
  readonly bySpelling: ReadonlyMap<string, KnownSpelling>
  readonly signedPrefixes: readonly string[]
}

const METHOD_OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override']
const SINGLETONS = ['authorization', 'content-type', 'content-length', 'x-api-key', 'client-cert', 'dpop']
const SIGNED_SINGLETONS = ['host', 'idempotency-key']
const SIGNED = ['content-encoding', 'content-digest']
const WITHOUT_RULE = [
  'accept',
  'accept-encoding',
  'accept-language',
  'connection',
  'user-agent',
  'traceparent',
]
const MAX_SINGLETONS = 31

/**
 * Compiles the rules once per verifier.
 *
 * @throws RangeError for more than seven scheme rows: the singletons are counted in the bits of one integer
 */
export function createHeaderRules(
  rows: readonly SigningScheme[],
  transportHeaders: readonly string[],
): HeaderRules {
  const byName = new Map<string, HeaderRule>()
  let bits = 0
  const add = (name: string, rule: Partial<HeaderRule>, singleton: boolean): void => {
    if (byName.has(name)) return
    if (singleton && bits === MAX_SINGLETONS) throw new RangeError('Too many scheme rows: at most seven.')
    const singletonBit = singleton ? 1 << bits++ : 0
    byName.set(name, { singletonBit, mustSign: false, transport: false, methodOverride: false, ...rule })
  }
  for (const name of METHOD_OVERRIDES) add(name, { methodOverride: true }, false)
  for (const name of SINGLETONS) add(name, {}, true)
  for (const name of SIGNED_SINGLETONS) add(name, { mustSign: true }, true)
  for (const name of SIGNED) add(name, { mustSign: true }, false)
  for (const row of rows) {
    for (const name of [row.dateHeader, row.payloadHashHeader, row.nonceHeader])
      add(name, { mustSign: true }, true)
  }
  for (const name of transportHeaders) addTransportHeader(byName, name)
  return { byName, bySpelling: spell(byName), signedPrefixes: rows.map(row => row.headerPrefix) }
}

function addTransportHeader(byName: Map<string, HeaderRule>, name: string): void {
  const lower = name.toLowerCase()
  if (byName.has(lower))
    throw new TypeError(`transportHeaders: ${lower} is read by the verifier and cannot be dropped.`)
  byName.set(lower, { singletonBit: 0, mustSign: false, transport: true, methodOverride: false })
}

// `x-partner-date` and `X-Partner-Date`.
function spell(byName: ReadonlyMap<string, HeaderRule>): ReadonlyMap<string, KnownSpelling> {
  const spellings = new Map<string, KnownSpelling>()
  for (const name of [...byName.keys(), ...WITHOUT_RULE]) {
    const known = { name, rule: byName.get(name) }
    spellings.set(name, known)
    spellings.set(
      name.replace(/(?:^|-)[a-z]/g, start => start.toUpperCase()),
      known,
    )
  }
  return spellings
}
