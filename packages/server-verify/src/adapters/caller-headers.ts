import { formatQuotaHeaders } from '../rate-limit.js'
import type { VerifiedCaller } from '../verified-caller.js'

/** What every answer to a verified request carries: its id, and what is left of the quota. */
export function createCallerHeaders({ requestId, quota }: VerifiedCaller): ReadonlyMap<string, string> {
  const headers = new Map([['x-request-id', requestId]])
  if (quota !== undefined) for (const [name, value] of formatQuotaHeaders(quota)) headers.set(name, value)
  return headers
}
