import type { ApiContext } from './api-context.js'
import type { PartnerHandler } from './partner-route.js'
import { readQuery } from './request-query.js'

/** `GET /v1/whoami`: whom the service takes the caller for. */
export function whoami({ environment, api, now }: ApiContext): PartnerHandler {
  return ({ caller }) => {
    readQuery(caller.target.query, [])
    const { partnerId: partner, credentialId, scheme } = caller
    const scopes = [...caller.scopes].sort()
    const serverTime = new Date(now()).toISOString()
    return { status: 200, body: { partner, credentialId, scheme, scopes, environment, api, serverTime } }
  }
}
