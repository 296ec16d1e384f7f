import type { HeaderPair } from '../canonical-headers.js'

/** A signed request as it stood on the wire, for finding out what its signer did. */
export interface RecordedRequest {
  readonly method: string
  /** Raw path, without query. */
  readonly path: string
  /** Raw query without `?`; `''` for none. */
  readonly query: string
  /** In wire order, values one character per byte (latin1); `authorization` among them. */
  readonly headers: readonly HeaderPair[]
  /** `undefined` when it was not recorded. */
  readonly body: Uint8Array | undefined
  /** SHA-256 of the body that arrived, when only that is known of it. */
  readonly payloadHash?: string | undefined
}

/** What the signer should have signed with. */
export interface DiagnosisCredential {
  readonly keyId: string
  readonly secret: string
  readonly environment: string
  readonly api: string
}

/** All values of a header, as sent, without blanks around them (a byte 0xA0 is none). */
export function findHeaders({ headers }: RecordedRequest, name: string): readonly string[] {
  return headers
    .filter(([candidate]) => candidate.toLowerCase() === name)
    .map(([, value]) => value.replace(/^[ \t]+|[ \t]+$/g, ''))
}
