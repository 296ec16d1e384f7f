import { PARTNER_SCHEME, parseCredentialScope, parseKeyId, type SigningScheme } from '@countersign/protocol'
import type { AuthenticationContext, Authenticator } from './authenticator.js'
import { PartnerError, UsageError } from './errors.js'
import type { OutgoingRequest } from './outgoing-request.js'
import { createPairSigner, type PairSigner } from './pair-signer.js'
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
  const source = options.secret
  // The secret lives in this closure only: no property of the authenticator leads to it.
  let signer: PairSigner | undefined
  let current: string | undefined
  let loading: Promise<PairSigner> | undefined
  const signedWith = new WeakMap<OutgoingRequest, PairSigner>()

  const use = (secret: string | Secret): PairSigner => {
    const value = readSecret(secret)
    if (signer !== undefined && value === current) return signer
    current = value
    signer = createPairSigner({ keyId, secret: new Secret(current), environment, api, scheme })
    return signer
  }
  const load = (provider: () => Promise<string | Secret>): Promise<PairSigner> => {
    loading ??= Promise.resolve()
      .then(provider)
      .then(use, unavailable)
      .finally(() => {
        loading = undefined
      })
    return loading
  }
  if (typeof source !== 'function') use(source)

  return {
    environment,
    authenticate(request, context) {
      if (typeof source !== 'function') return addSignature(signer as PairSigner, request, context)
      const addTracked = (ready: PairSigner): OutgoingRequest => {
        const signed = addSignature(ready, request, context)
        signedWith.set(signed, ready)
        return signed
      }
      return signer === undefined ? load(source).then(addTracked) : addTracked(signer)
    },
    async refresh(refused) {
      if (typeof source !== 'function') return false
      const refusedSigner = signedWith.get(refused)
      // Another request may have fetched the new secret while this one was on its way.
      if (signer === refusedSigner) await load(source)
      return signer !== refusedSigner
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

function readSecret(secret: string | Secret): string {
  const value: unknown = secret instanceof Secret ? secret.reveal() : secret
  if (typeof value === 'string' && value !== '') return value
  throw new UsageError('secret_invalid', 'The secret of the HMAC credential is empty or no text.')
}

function unavailable(cause: unknown): never {
  if (cause instanceof PartnerError) throw cause
  // Neither the message nor the cause of the provider's error is passed on: nobody knows what it holds.
  const name = cause instanceof Error ? cause.name : typeof cause
  throw new UsageError('secret_unavailable', `The function that provides the secret failed (${name}).`)
}
