import { findFirstDifference, type SigningSteps } from '@countersign/protocol/diagnosis'

/** Why, in words: a code of the diagnosis, or the one of the platform's answer. */
export interface Cause {
  readonly code: string
  readonly explanation: string
}

/** The platform's answer, as far as it is at hand. */
export interface Answer {
  readonly status: number | undefined
  readonly code: string
  readonly detail: string
  readonly requestId: string | undefined
  /** Outside `live`, when asked for, and only when the platform knows the key. */
  readonly explanation: SigningSteps | undefined
}

/** What `explain` found out. */
export interface Explanation {
  readonly source: 'sides' | 'answer' | 'record' | 'live'
  /** The likeliest first; never empty. */
  readonly causes: readonly Cause[]
  /** Made again byte for byte, not only likely. */
  readonly proven: boolean
  readonly signer: SigningSteps | undefined
  readonly verifier: SigningSteps | undefined
  readonly answer: Answer | undefined
  /** What the reader should know of how it was found. */
  readonly notes: readonly string[]
}

/** Codes that name no cause: exit 3. */
export const UNNAMED: ReadonlySet<string> = new Set([
  'signature_right',
  'identical',
  'body_not_recorded',
  'not_explained',
  'accepted',
])

/** Where the two sides part; line and column from 1, bytes in hex, null past the end. */
export interface ByteDifference {
  readonly in: 'canonicalRequest' | 'stringToSign'
  readonly line: number
  readonly column: number
  readonly offset: number
  readonly signer: string | null
  readonly verifier: string | null
}

/** The first byte that differs, in the canonical requests, else in the strings to sign. */
export function findByteDifference(signer: SigningSteps, verifier: SigningSteps): ByteDifference | undefined {
  for (const name of ['canonicalRequest', 'stringToSign'] as const) {
    const [ours, theirs] = [signer[name], verifier[name]]
    if (ours === undefined || theirs === undefined) continue
    const difference = findFirstDifference(ours, theirs)
    if (difference === undefined) continue
    const { offset } = difference
    return { in: name, ...difference, signer: toHex(ours, offset), verifier: toHex(theirs, offset) }
  }
  return undefined
}

function toHex(text: string, offset: number): string | null {
  if (offset >= text.length) return null
  return text.charCodeAt(offset).toString(16).padStart(2, '0')
}
