import { VerificationError } from '../errors.js'
import type { DpopPolicy } from '../tokens/dpop-policy.js'
import type { JwtFault } from '../tokens/jwt-fault.js'
import type { VerificationErrorCode } from '../verification-error-codes.js'

/** What is answered when a token or a proof is refused (RFC 6750 §3, RFC 9449 §7.1 and §9). */
export class AccessTokenChallenge {
  /** Without a reason, for a request that brought no token. */
  readonly offered: readonly string[]
  readonly #bearer: string
  readonly #dpop: string | undefined
  readonly #algorithms: string

  constructor(realm: string, dpop: DpopPolicy | undefined) {
    this.#bearer = `Bearer realm="${realm}"`
    this.#dpop = dpop === undefined ? undefined : `DPoP realm="${realm}"`
    this.#algorithms = dpop === undefined ? '' : `, algs="${[...dpop.algorithms].join(' ')}"`
    this.offered = this.#dpop === undefined ? [this.#bearer] : [this.#bearer, this.#dpop + this.#algorithms]
  }

  refuseToken(fault: JwtFault, isDpop: boolean): VerificationError {
    return this.#refuse('invalid_token', isDpop, fault.told, fault.reason, 'authorization')
  }

  refuseProof(fault: JwtFault): VerificationError {
    // The same readers serve tokens and proofs; in the audit record they must not be mixed up.
    const detail = fault.reason.replace(/^token_/, 'dpop_')
    return this.#refuse('invalid_dpop_proof', true, fault.told, detail, 'dpop')
  }

  askForNonce(nonce: string): VerificationError {
    const error = this.#refuse('use_dpop_nonce', true, undefined, 'use_dpop_nonce', 'dpop')
    error.headers = new Map([['dpop-nonce', nonce]])
    return error
  }

  #refuse(
    code: VerificationErrorCode,
    isDpop: boolean,
    message: string | undefined,
    detail: string,
    part: string,
  ): VerificationError {
    const error = new VerificationError(code, { message, detail, part })
    const description = message === undefined ? '' : `, error_description="${message}"`
    const reason = `, error="${code}"${description}`
    error.challenge =
      isDpop && this.#dpop !== undefined ? this.#dpop + reason + this.#algorithms : this.#bearer + reason
    return error
  }
}
