import { isJsonObject } from './compact-jws.js'
import { JwtFault } from './jwt-fault.js'

/** What the sender of a token must prove to hold (RFC 7800). */
export interface Confirmation {
  /** SHA-256 thumbprint of the key that signs DPoP proofs (RFC 9449 §6). */
  readonly jkt: string | undefined
  /** SHA-256 thumbprint of the client certificate (RFC 8705 §3.1), 64 lower-case hex digits. */
  readonly certificateSha256: string | undefined
}

const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/**
 * Reads `cnf`. A member that is not known is refused: to ignore it would make a bound token a bearer token.
 *
 * @throws JwtFault `token_confirmation`
 */
export function readConfirmation(cnf: unknown): Confirmation {
  if (!isJsonObject(cnf)) throw new JwtFault('token_confirmation')
  const { jkt, 'x5t#S256': x5t, ...unknown } = cnf
  if (Object.keys(unknown).length > 0 || (jkt === undefined && x5t === undefined))
    throw new JwtFault(
      'token_confirmation',
      'The access token is bound in a way that this service cannot check (cnf). It takes jkt (DPoP) and x5t#S256 (mTLS).',
    )
  const certificate = readThumbprint(x5t)
  return {
    jkt: readThumbprint(jkt),
    certificateSha256:
      certificate === undefined ? undefined : Buffer.from(certificate, 'base64url').toString('hex'),
  }
}

function readThumbprint(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string' || !THUMBPRINT.test(value)) throw new JwtFault('token_confirmation')
  return value
}
