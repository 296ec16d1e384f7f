import { type CanonicalRequestParts, splitCanonicalRequest } from './canonical-request-parts.js'
import { cause, type DiagnosisCause } from './cause.js'
import { explainHeaders } from './header-causes.js'
import { explainPayload } from './payload-causes.js'
import { explainPath, explainQuery } from './target-causes.js'

/** What one side computed. */
export interface SigningSteps {
  readonly canonicalRequest: string
  readonly stringToSign?: string | undefined
}

/** Where two texts part. */
export interface FirstDifference {
  /** Character offset from the start; the length of the shorter text when it is a prefix of the other. */
  readonly offset: number
  /** 1-based. */
  readonly line: number
  /** 1-based. */
  readonly column: number
}

/** The outcome of comparing two sides. */
export interface Diagnosis {
  /** `undefined` when the canonical requests are the same. */
  readonly firstDifference: FirstDifference | undefined
  readonly cause: DiagnosisCause
}

/**
 * Compares what a signer and a verifier computed for one request: the first differing byte of the canonical requests
 * and the likely cause in words.
 *
 * @param body the body that the verifier received, when it is at hand; makes causes in the body nameable
 *
 * @example
 * ```ts
 * import { diagnoseMismatch } from '@countersign/protocol/diagnosis'
 *
 * const signer = { canonicalRequest: 'GET\n/a%20b\n\nhost:x\n\nhost\n-' }
 * const verifier = { canonicalRequest: 'GET\n/a%2520b\n\nhost:x\n\nhost\n-' }
 * console.log(diagnoseMismatch(signer, verifier).cause.code) // path_double_encoded
 * ```
 */
export function diagnoseMismatch(
  signer: SigningSteps,
  verifier: SigningSteps,
  body?: Uint8Array | undefined,
): Diagnosis {
  const firstDifference = findFirstDifference(signer.canonicalRequest, verifier.canonicalRequest)
  if (firstDifference === undefined) return { firstDifference, cause: explainStringToSign(signer, verifier) }
  const form = explainForm(signer.canonicalRequest, verifier.canonicalRequest)
  if (form !== undefined) return { firstDifference, cause: form }
  const ours = splitCanonicalRequest(signer.canonicalRequest)
  const theirs = splitCanonicalRequest(verifier.canonicalRequest)
  if (ours === undefined || theirs === undefined) {
    const side = ours === undefined ? "signer's" : "verifier's"
    return {
      firstDifference,
      cause: cause(
        'not_a_canonical_request',
        `The ${side} text is not a canonical request: it must have method, path, query, header lines, an empty line, signed headers and payload hash.`,
      ),
    }
  }
  return { firstDifference, cause: explainParts(ours, theirs, body) }
}

/** The first character at which two texts differ; `undefined` when they are the same. */
export function findFirstDifference(a: string, b: string): FirstDifference | undefined {
  if (a === b) return undefined
  let offset = 0
  while (offset < a.length && offset < b.length && a[offset] === b[offset]) offset++
  const before = a.slice(0, offset)
  return { offset, line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

function explainParts(
  signer: CanonicalRequestParts,
  verifier: CanonicalRequestParts,
  body: Uint8Array | undefined,
): DiagnosisCause {
  if (signer.method !== verifier.method && signer.method.toUpperCase() === verifier.method) {
    return cause(
      'method_case',
      `The method was signed as ${signer.method}; it is sent, and signed, as ${verifier.method}.`,
    )
  }
  if (signer.method !== verifier.method) {
    return cause(
      'method_changed',
      `The method changed from ${signer.method} to ${verifier.method}. A redirect does that to a POST: sign and send to the final URL.`,
    )
  }
  if (signer.uri !== verifier.uri) return explainPath(signer.uri, verifier.uri)
  if (signer.query !== verifier.query) return explainQuery(signer.query, verifier.query)
  return explainHeaders(signer, verifier) ?? explainPayload(signer.payloadHash, verifier.payloadHash, body)
}

function explainForm(signer: string, verifier: string): DiagnosisCause | undefined {
  if (signer.includes('\r')) {
    return cause(
      'carriage_returns',
      "The signer's canonical request holds carriage returns. Lines are joined by a single line feed (0x0A).",
    )
  }
  if (!signer.includes('\n') && signer.replaceAll('\\n', '\n') === verifier) {
    return cause(
      'literal_backslash_n',
      'The parts of the signer\'s canonical request are joined by a backslash and an "n" in place of a line feed. In PHP and shells "\\n" needs double quotes or $\'…\'.',
    )
  }
  if (signer === verifier.replace(/^([^\n]*\n[^\n]*\n)\n/, '$1')) {
    return cause(
      'query_line_missing',
      'The line of the query is missing. It is the third line, and it is empty when there is no query.',
    )
  }
  if (signer.replace(/\n+$/, '') === verifier) {
    return cause(
      'trailing_newline',
      "The signer's canonical request ends in a line feed. There is none after the payload hash.",
    )
  }
  if (signer === verifier.replace(/\n\n(?=[^\n]*\n[^\n]*$)/, '\n')) {
    return cause(
      'blank_line_missing',
      'The empty line between canonical headers and signed headers is missing: every header line ends in a line feed, then the parts are joined by one more.',
    )
  }
  return undefined
}

function explainStringToSign(signer: SigningSteps, verifier: SigningSteps): DiagnosisCause {
  if (signer.stringToSign === undefined || verifier.stringToSign === undefined) {
    return cause('identical', 'Both canonical requests are the same. Compare the strings to sign next.')
  }
  if (signer.stringToSign === verifier.stringToSign) {
    return cause(
      'secret_or_label',
      'Both sides signed the same string, so the keys differ: the secret is another (look for a space or newline at its end, or one that was decoded), or the key derivation starts with another label.',
    )
  }
  const [ourAlgorithm, ourTime, ourScope] = signer.stringToSign.split('\n')
  const [algorithm, time, scope] = verifier.stringToSign.split('\n')
  if (ourAlgorithm !== algorithm)
    return cause(
      'algorithm_label',
      `The signer used the algorithm ${ourAlgorithm}, the verifier ${algorithm}.`,
    )
  if (ourTime !== time)
    return cause(
      'timestamp_differs',
      `The signer's string to sign has the time ${ourTime}, the date header ${time}.`,
    )
  if (ourScope !== scope)
    return cause(
      'scope_differs',
      `The scopes differ: ${ourScope} was signed, ${scope} is expected (date/environment/api/terminator).`,
    )
  return cause(
    'not_a_canonical_request',
    'The strings to sign differ in the hash although the canonical requests are the same: hash the canonical request as bytes, with line feeds, without one at the end.',
  )
}
