import { VerificationError } from '../errors.js'

const BASIC = /^basic +([A-Za-z0-9+/]*={0,2}) *$/i

/**
 * The password of `Authorization: Basic` (RFC 7617), or the user name when the password is empty.
 *
 * @returns `undefined` for another scheme
 * @throws VerificationError `authorization_malformed`
 */
export function readBasicPassword(authorization: string): string | undefined {
  if (!/^basic(?: |$)/i.test(authorization)) return undefined
  const encoded = BASIC.exec(authorization)?.[1]
  const pair = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('latin1')
  const colon = pair.indexOf(':')
  if (colon === -1)
    throw new VerificationError('authorization_malformed', {
      part: 'authorization',
      message: 'Authorization: Basic must hold the base64 of name:password (RFC 7617).',
    })
  const password = pair.slice(colon + 1)
  return password === '' ? pair.slice(0, colon) : password
}
