import type { SchemeName } from '../credential.js'
import { VerificationError } from '../errors.js'
import type { VerifiedCaller } from '../verified-caller.js'

/** What a gateway tells the service behind it; lower-case names. */
export const IDENTITY_HEADERS = {
  partner: 'countersign-partner',
  scopes: 'countersign-scopes',
  requestId: 'countersign-request-id',
  /** 64 hex digits, or {@link BODY_NOT_SIGNED}. */
  bodySha256: 'countersign-body-sha256',
} as const

/** Instead of a hash: the caller's credential signs no body (a bearer token, an API key, a certificate). */
export const BODY_NOT_SIGNED = 'unsigned'

const SIGNS_BODY: Readonly<Record<SchemeName, boolean>> = {
  hmac: true,
  'http-signature': true,
  'access-token': false,
  'api-key': false,
  'client-certificate': false,
}

/** The identity headers of a verified request. */
export function createIdentityHeaders(caller: VerifiedCaller): Readonly<Record<string, string>> {
  return {
    [IDENTITY_HEADERS.partner]: caller.partnerId,
    [IDENTITY_HEADERS.scopes]: [...caller.scopes].join(' '),
    [IDENTITY_HEADERS.requestId]: caller.requestId,
    [IDENTITY_HEADERS.bodySha256]: SIGNS_BODY[caller.scheme] ? caller.bodySha256 : BODY_NOT_SIGNED,
  }
}

// The one of ours that a partner may send.
const FROM_PARTNERS = 'countersign-explain'

/**
 * Names under our prefix belong to the gateway. An underscore counts as a hyphen: some servers behind a gateway do not
 * tell them apart.
 *
 * @throws VerificationError `header_invalid`
 */
export function refuseIdentityHeaders(rawHeaders: readonly string[]): void {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase().replaceAll('_', '-')
    if (!name.startsWith('countersign-') || name === FROM_PARTNERS) continue
    throw new VerificationError('header_invalid', {
      part: 'headers',
      message: 'Headers that begin with Countersign- are set by the gateway only. Do not send them.',
      detail: 'identity_header_sent',
    })
  }
}
