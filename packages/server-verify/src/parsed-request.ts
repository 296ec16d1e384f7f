import {
  createCanonicalQuery,
  createCanonicalUri,
  ProtocolError,
  parseRequestTarget,
  type RequestTarget,
} from '@countersign/protocol'
import { refuseMalformed } from './errors.js'
import type { HeaderRules } from './header-rules.js'
import type { IncomingRequest } from './incoming-request.js'
import { type CertificateSource, type PeerCertificate, readPeerCertificate } from './peer-certificate.js'
import { settleAuthority } from './request-authority.js'
import { type RequestHeaders, readRequestHeaders } from './request-headers.js'

/** A request whose target, host and headers have the accepted form; nothing of it is trusted yet. */
export interface ParsedRequest {
  readonly incoming: IncomingRequest
  readonly path: string
  readonly query: string
  readonly headers: RequestHeaders
  /** Of the connection, or told by a trusted proxy. */
  readonly certificate?: PeerCertificate | undefined
}

/** The server's policy for the form of a request. */
export interface RequestForm extends CertificateSource {
  readonly headerRules: HeaderRules
  readonly isAllowedAuthority: (authority: string) => boolean
  readonly escapedPaths: boolean
}

type TargetForm = Pick<RequestForm, 'escapedPaths'>

/**
 * Reads target, headers and host; the same rules for every scheme.
 *
 * @throws ProtocolError `target_not_canonical`, `query_not_canonical`, `header_invalid`
 * @throws VerificationError `header_invalid`, `duplicate_header`, `method_override`, `authority_not_allowed`
 */
export function parseRequest(incoming: IncomingRequest, form: RequestForm): ParsedRequest {
  const { path, query } = parseTarget(incoming.target, form)
  const headers = readRequestHeaders(incoming.rawHeaders, form.headerRules)
  settleAuthority(headers, incoming.authority, form.isAllowedAuthority)
  return { incoming, path, query, headers, certificate: readPeerCertificate(incoming, headers, form) }
}

/** @throws VerificationError `target_not_canonical`, `query_not_canonical` */
export function assertTarget(target: string, form: TargetForm): void {
  try {
    parseTarget(target, form)
  } catch (error) {
    throw error instanceof ProtocolError ? refuseMalformed(error) : error
  }
}

function parseTarget(target: string, form: TargetForm): RequestTarget {
  const parsed = parseRequestTarget(target)
  createCanonicalUri(parsed.path, form)
  createCanonicalQuery(parsed.query)
  return parsed
}
