import type { HeaderPair } from '@countersign/protocol'

/** A request exactly as it will stand on the wire. Whoever changes it after it was signed breaks the signature. */
export interface OutgoingRequest {
  /** Upper case. */
  readonly method: string
  /** Scheme and authority: `https://api.example.com`. */
  readonly origin: string
  /** The value of Host: `api.example.com`, with the port when it is not the scheme's own. */
  readonly authority: string
  /** Raw path, starting with `/`. */
  readonly path: string
  /** Raw query without `?`; `''` for none. */
  readonly query: string
  /** Names in lower case, without `host` and `content-length`: the transport writes those two. */
  readonly headers: readonly HeaderPair[]
  readonly body?: Uint8Array | undefined
}

/** The raw target: path and query. */
export function formatTarget(request: Pick<OutgoingRequest, 'path' | 'query'>): string {
  return request.query === '' ? request.path : `${request.path}?${request.query}`
}
