import type { HeaderPair } from '@countersign/protocol'
import { UsageError } from './errors.js'
import type { OutgoingRequest } from './outgoing-request.js'

const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set(['authorization', 'x-api-key', 'dpop'])

/**
 * Adds a credential that is a header, and nothing else.
 *
 * @throws UsageError `header_invalid` when the caller gave a credential of its own: a server refuses two
 */
export function addCredential(request: OutgoingRequest, own: readonly HeaderPair[]): OutgoingRequest {
  for (const [name] of request.headers)
    if (CREDENTIAL_HEADERS.has(name))
      throw new UsageError('header_invalid', `The header ${name} is set by the authenticator. Leave it out.`)
  return { ...request, headers: [...own, ...request.headers] }
}
