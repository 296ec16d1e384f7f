import { CliError } from '../../errors.js'
import { EXIT } from '../../exit-code.js'

const AGAIN = 'run the same command again'

const KNOWN: Readonly<Record<string, readonly [code: string, message: string, next: string]>> = {
  access_denied: [
    'access_denied',
    'The login was refused in the browser.',
    `${AGAIN}, and allow it if the code is the one shown here`,
  ],
  expired_token: ['device_code_expired', 'The code has expired: nobody confirmed it in time.', AGAIN],
  invalid_client: [
    'invalid_client',
    'The issuer does not know this client.',
    'ask the platform which --client-id to use',
  ],
  unauthorized_client: [
    'unauthorized_client',
    'The issuer does not let this client log in by a device.',
    'ask the platform which --client-id to use',
  ],
  invalid_scope: [
    'invalid_scope',
    'The issuer does not give this scope to the client.',
    'ask the platform which --scope to use',
  ],
}

/** What the issuer refused (RFC 8628 §3.5, RFC 6749 §5.2), in words. Exit 4. */
export function describeDeviceRefusal(
  refusal: { readonly error: string; readonly error_description?: string },
  { issuer, clientId }: { readonly issuer: string; readonly clientId: string },
): CliError {
  const known = Object.hasOwn(KNOWN, refusal.error) ? KNOWN[refusal.error] : undefined
  if (known !== undefined) {
    const [code, message, next] = known
    return new CliError(code, EXIT.auth, `${message} (${clientId} at ${issuer})`, { next })
  }
  const code = /^[a-z_]{1,64}$/.test(refusal.error) ? refusal.error : 'login_refused'
  // It goes to a terminal.
  const detail = refusal.error_description?.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 200)
  return new CliError(
    code,
    EXIT.auth,
    `The issuer ${issuer} refused the login of ${clientId}: ${detail ?? code}.`,
    { next: 'show this message to the platform' },
  )
}

/** An answer that is none. */
export function describeIssuerFault(issuer: string, fault: string, cause?: unknown): CliError {
  return new CliError('issuer_invalid', EXIT.usage, `The issuer ${issuer} ${fault}.`, {
    next: 'check --issuer: it is the address that the metadata of the authorization server names',
    cause,
  })
}
