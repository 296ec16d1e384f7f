import { createCanonicalHeaderValue, type SigningScheme } from '@countersign/protocol'
import { AuthorizationMemo } from '../authorization-memo.js'
import type { Credential, HmacCredential } from '../credential.js'
import { assertFresh, isFresh } from '../freshness.js'
import type { ParsedRequest } from '../parsed-request.js'
import { assertPayloadHash, assertPayloadHashForm } from '../payload-hash-header.js'
import { isPending } from '../pending.js'
import { SigningKeyCache } from '../signing-key-cache.js'
import { findRow, type PresentedSignature, presentHmacSignature } from './hmac-presentation.js'
import { verifyHmacSignature } from './hmac-verification.js'
import type { Authenticated, PreparedScheme, SchemeAttempt, SchemeSettings } from './verification-scheme.js'

const MEMO_SLOTS = 4096

interface HmacPolicy extends SchemeSettings {
  readonly rows: readonly SigningScheme[]
  readonly keys: SigningKeyCache
  readonly memo: AuthorizationMemo
}

/** HMAC signatures at work: the caches of one verifier, and the order of the steps. */
export class HmacScheme implements PreparedScheme {
  readonly name = 'hmac' as const
  readonly challenges: readonly string[]
  readonly #policy: HmacPolicy

  constructor(rows: readonly SigningScheme[], maxCachedKeyIds: number, settings: SchemeSettings) {
    this.challenges = rows.map(row => `${row.algorithm} realm="${settings.api}"`)
    this.#policy = {
      ...settings,
      rows,
      keys: new SigningKeyCache(maxCachedKeyIds),
      memo: new AuthorizationMemo(MEMO_SLOTS),
    }
  }

  find({ headers }: ParsedRequest): string | undefined {
    const authorization = headers.get('authorization')
    if (authorization === undefined) return undefined
    const value = trimBlanks(authorization)
    return findRow(this.#policy.rows, value) === undefined ? undefined : value
  }

  // What is answered at once is not awaited: an await costs more than a look-up.
  authenticate(
    request: ParsedRequest,
    text: string,
    attempt: SchemeAttempt,
  ): Authenticated | Promise<Authenticated> {
    const presented = presentHmacSignature(request, text, this.#policy)
    attempt.waitingFor = 'credential store'
    const found = this.#policy.credentials.findByKeyId(presented.authorization.keyId)
    return isPending(found)
      ? found.then(credential => this.#verify(request, presented, credential, attempt))
      : this.#verify(request, presented, found, attempt)
  }

  #verify(
    request: ParsedRequest,
    presented: PresentedSignature,
    found: Credential | undefined,
    attempt: SchemeAttempt,
  ): Authenticated {
    attempt.waitingFor = undefined
    const { payloadHashHeader } = presented.row
    const { timestamp } = presented
    const { freshness, now } = attempt
    const bodySha256 = attempt.hashBody()
    assertPayloadHashForm(request.headers, payloadHashHeader, bodySha256)
    const fresh = isFresh(timestamp, freshness, now)
    const known = ofKind(found)
    const verified = verifyHmacSignature(request, presented, known, bodySha256, this.#policy, fresh)
    const { credential, canonicalRequest, claimId } = verified
    attempt.authenticated(credential)
    assertPayloadHash(request.headers, payloadHashHeader, bodySha256)
    assertFresh(timestamp, freshness, now)
    return {
      credential,
      signedHeaders: () => readCanonicalHeaders(canonicalRequest),
      claim: { id: claimId, timestamp },
    }
  }
}

/** A key id of another kind of credential is as good as unknown. */
function ofKind(credential: Credential | undefined): HmacCredential | undefined {
  return credential?.kind === 'hmac' ? credential : undefined
}

// Spaces inside are the parser's business.
function trimBlanks(value: string): string {
  return value.charCodeAt(0) <= 0x20 || value.charCodeAt(value.length - 1) <= 0x20
    ? createCanonicalHeaderValue('authorization', value)
    : value
}

// Line 4 up to the empty line that ends them (`spec/partner-signing.md` §4); no other line can hold a newline.
function readCanonicalHeaders(canonicalRequest: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (const line of canonicalRequest.split('\n').slice(3)) {
    const colon = line.indexOf(':')
    if (colon === -1) break
    headers.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return headers
}
