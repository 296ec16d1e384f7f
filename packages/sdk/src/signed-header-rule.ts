import {
  AWS_SCHEME,
  type HeaderPair,
  PARTNER_SCHEME,
  ProtocolError,
  type SigningScheme,
} from '@countersign/protocol'

/** Which headers of a request must be signed (`spec/partner-signing.md` §9), for one row of the scheme table. */
export interface SignedHeaderRule {
  /** Signed in every request; sorted. */
  readonly always: readonly string[]
  /** Whether a header is the signer's or the transport's to set. */
  isOwn(name: string): boolean
  mustSign(name: string): boolean
  /** Their names, sorted. */
  sort(headers: readonly HeaderPair[]): readonly string[]
  refuseOwn(name: string): ProtocolError
  refuseRepeated(name: string): ProtocolError
}

// A verifier may enable several rows and then wants every header with any of their prefixes signed.
const KNOWN_PREFIXES = [PARTNER_SCHEME.headerPrefix, AWS_SCHEME.headerPrefix]
const SIGNED_IF_PRESENT: ReadonlySet<string> = new Set([
  'content-type',
  'content-encoding',
  'content-digest',
  'idempotency-key',
])

export function createSignedHeaderRule(scheme: SigningScheme): SignedHeaderRule {
  const { dateHeader, nonceHeader, payloadHashHeader } = scheme
  const always = ['host', dateHeader, nonceHeader, payloadHashHeader].sort()
  const own = new Set([...always, 'authorization'])
  const prefixes = [...new Set([scheme.headerPrefix, ...KNOWN_PREFIXES])]
  const withContentType = [...always, 'content-type'].sort()
  return {
    always,
    isOwn: name => own.has(name),
    mustSign: name => SIGNED_IF_PRESENT.has(name) || prefixes.some(prefix => name.startsWith(prefix)),
    sort: headers =>
      headers.length === withContentType.length && headers.at(-1)![0] === 'content-type'
        ? withContentType
        : headers.map(([name]) => name).sort(),
    refuseOwn: name =>
      new ProtocolError('header_invalid', name, `The header ${name} is set by the signer. Leave it out.`),
    refuseRepeated: name =>
      new ProtocolError('header_invalid', name, `The header ${name} stands twice. Send it once.`),
  }
}
