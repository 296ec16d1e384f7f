import type { SchemeName } from './credential.js'
import type { IncomingRequest } from './incoming-request.js'
import type { SignatureEvidence } from './signature-evidence.js'

/** What happened to one request. Holds no secret, token, signature or header value. */
export interface AuditRecord {
  /** ISO 8601, UTC. */
  readonly time: string
  readonly requestId: string
  /** `null` until the caller is authenticated. */
  readonly partner: string | null
  readonly credential: string | null
  readonly scheme: SchemeName | null
  readonly method: string
  /** Raw path without the query, at most 256 characters. */
  readonly path: string
  /** `accepted`, or why not: a code of `spec/errors.md`, or a finer word that the outside is not told. */
  readonly outcome: string
  /** Status of the refusal; `null` when accepted: the handler decides. */
  readonly status: number | null
  readonly latencyMs: number
  /** SHA-256 of the raw body; `null` when the request was refused before it was hashed. */
  readonly bodySha256: string | null
  /** Of an accepted request with an asymmetric signature: what a third party can check. */
  readonly evidence?: SignatureEvidence | undefined
}

/** Instead of single records: how many unauthenticated requests were refused in one interval, by outcome. */
export interface AuditSummary {
  readonly time: string
  readonly kind: 'unauthenticated_summary'
  readonly since: string
  /** Sampled ones are counted too. */
  readonly refused: Readonly<Record<string, number>>
}

const SHOWN_METHOD = 32
const SHOWN_PATH = 256

/** A record of a request: of what it holds, the method and the path only, cut off. */
export function createAuditRecord(
  { method, target }: IncomingRequest,
  facts: Omit<AuditRecord, 'method' | 'path'>,
): AuditRecord {
  const { time, requestId, partner, credential, scheme, ...result } = facts
  const shown = method.slice(0, SHOWN_METHOD)
  return { time, requestId, partner, credential, scheme, method: shown, path: showPath(target), ...result }
}

/** Without query and fragment, and without what stands before the path when somebody sends a whole URL. */
function showPath(target: string): string {
  const start = target[0] === '/' ? 0 : target.indexOf('/', target.indexOf('://') + 3)
  if (start === -1) return ''
  const path = target.slice(start, start + SHOWN_PATH)
  const end = path.search(/[?#]/)
  return end === -1 ? path : path.slice(0, end)
}
