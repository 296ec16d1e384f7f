import { PARTNER_SCHEME, parseCredentialScope, parseKeyId, type SigningScheme } from '@countersign/protocol'
import type { AuthenticationContext, Authenticator } from './authenticator.js'
import type { OutgoingRequest } from './outgoing-request.js'
import { createPairSigner, type PairSigner } from './pair-signer.js'
import { RotatingCredential } from './rotating-credential.js'
import { Secret, type SecretSource } from './secret.js'

/** An HMAC credential, as the platform issued it. */
export interface HmacAuthOptions {
  /** 8 to 64 of `A-Z a-z 0-9 _ -`. */
  readonly keyId: string
  /** A function is called when the secret is first needed, and again when the server refuses the credential. */
  readonly secret: SecretSource
  /** `live`, `sandbox` … */
  readonly environment: string
  /** The API's name, e.g. `orders`. */
  readonly api: string
  /** Default: `PARTNER_SCHEME`. */
  readonly scheme?: SigningScheme | undefined
}

/**
 * Signs every request with an HMAC credential (`spec/partner-signing.md`).
 *
 * @throws ProtocolError `key_id_invalid`, `credential_scope_invalid`; UsageError `secret_invalid`. A secret that a
 * function returns is checked at the first request; a function that fails rejects it with `secret_unavailable`.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises'
 * import { hmacAuth, Secret } from '@countersign/sdk'
 *
 * const auth = hmacAuth({
 *   keyId: 'demo_acme_key1',
 *   secret: async () => new Secret((await readFile('/run/secrets/partner', 'utf8')).trim()),
 *   environment: 'live',
 *   api: 'orders',
 * })
 * console.log(auth.environment)
 * ```
 */
export function hmacAuth(options: HmacAuthOptions): Authenticator {
  const { environment, api, scheme = PARTNER_SCHEME } = options
  const keyId = parseKeyId(options.keyId)
  parseCredentialScope(`00000000/${environment}/${api}/${scheme.terminator}`)
  // The secret lives in closures only: no property of the authenticator leads to it.
  const credential = new RotatingCredential(options.secret, 'the secret of the HMAC credential', text =>
    createPairSigner({ keyId, secret: new Secret(text), environment, api, scheme }),
  )
  const signedWith = new WeakMap<OutgoingRequest, PairSigner>()

  return {
    environment,
    authenticate(request, context) {
      const add = (signer: PairSigner): OutgoingRequest => {
        const signed = addSignature(signer, request, context)
        signedWith.set(signed, signer)
        return signed
      }
      return credential.current === undefined ? credential.load().then(add) : add(credential.current)
    },
    async refresh(refused, { code }) {
      return code === 'invalid_credentials' && credential.renew(signedWith.get(refused))
    },
  }
}

function addSignature(
  signer: PairSigner,
  request: OutgoingRequest,
  context: AuthenticationContext,
): OutgoingRequest {
  const { given, own, canonicalRequest, stringToSign } = signer.sign(request, context.now)
  context.onTrace?.({ canonicalRequest, stringToSign })
  return { ...request, headers: [...own, ...given] }
}
