import { type Freshness, isFresh } from '../freshness.js'
import type { ParsedRequest } from '../parsed-request.js'
import type { SchemeClaim } from '../schemes/verification-scheme.js'
import type { DpopNonces } from './dpop-nonces.js'
import { normaliseUrl, verifyDpopProof } from './dpop-proof.js'
import { JwtFault } from './jwt-fault.js'
import { assertTokenAlgorithms, type TokenAlgorithm } from './token-algorithm.js'

/** How DPoP proofs (RFC 9449) are accepted. */
export interface DpopOptions {
  /** Default ES256, EdDSA, Ed25519, PS256, RS256. */
  readonly algorithms?: readonly TokenAlgorithm[] | undefined
  /** With it, a proof must carry a nonce of this service: it cannot be made in advance. Default: no nonce. */
  readonly nonces?: DpopNonces | undefined
  /**
   * By which schemes clients reach this service, for `htu`: a proxy in front may end TLS. `http` only where there is
   * no TLS at all, on loopback. Default `['https']`.
   */
  readonly urlSchemes?: readonly ('https' | 'http')[] | undefined
}

/** {@link DpopOptions} made ready. */
export interface DpopPolicy {
  readonly algorithms: ReadonlySet<string>
  readonly nonces: DpopNonces | undefined
  readonly urlSchemes: readonly string[]
}

/** The proof lacks a nonce, or carries an old one. */
export class DpopNonceRequired extends Error {
  override readonly name = 'DpopNonceRequired' as const
  /** To be used next. */
  readonly nonce: string

  constructor(nonce: string) {
    super('use_dpop_nonce')
    this.nonce = nonce
  }
}

const DEFAULT_ALGORITHMS: readonly TokenAlgorithm[] = ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256']

/** @throws TypeError a mistake in configuration */
export function createDpopPolicy(options: DpopOptions): DpopPolicy {
  const { algorithms = DEFAULT_ALGORITHMS, nonces, urlSchemes = ['https'] } = options
  if (urlSchemes.length === 0) throw new TypeError('dpop.urlSchemes must name https or http.')
  return { algorithms: assertTokenAlgorithms(algorithms), nonces, urlSchemes }
}

/**
 * Holds a request to the proof that its token asks for.
 *
 * @param thumbprint `cnf.jkt` of the token
 * @returns what makes the request usable once
 * @throws JwtFault, DpopNonceRequired
 */
export async function proveDpop(
  request: ParsedRequest,
  token: string,
  thumbprint: string,
  policy: DpopPolicy,
  { now, freshness }: { readonly now: number; readonly freshness: Freshness },
): Promise<SchemeClaim> {
  const text = request.headers.getCanonical('dpop')
  if (text === undefined)
    throw new JwtFault('dpop_missing', 'The header DPoP is missing. Send a proof for this request.')
  const { method } = request.incoming
  const urls = urlsOf(request, policy)
  const proof = await verifyDpopProof(text, {
    ...{ method, urls, token, thumbprint },
    algorithms: policy.algorithms,
  })
  const { nonces } = policy
  if (nonces !== undefined && !(proof.nonce !== undefined && nonces.isGood(proof.nonce, now)))
    throw new DpopNonceRequired(nonces.current(now))
  if (!isFresh(proof.issuedAt, freshness, now))
    throw new JwtFault('dpop_time', 'iat of the proof is outside the accepted window. Set the clock (NTP).')
  return { id: proof.claimId, timestamp: proof.issuedAt }
}

function urlsOf({ headers, path }: ParsedRequest, { urlSchemes }: DpopPolicy): readonly string[] {
  const authority = headers.getCanonical('host') ?? ''
  return urlSchemes.map(scheme => normaliseUrl(`${scheme}://${authority}${path}`) ?? '')
}
