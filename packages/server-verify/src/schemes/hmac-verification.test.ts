import { AWS_SCHEME, PARTNER_SCHEME } from '@countersign/protocol'
import { describe, expect, it } from 'vitest'
import { CREDENTIAL, createFixture, WRITE } from '../../test/fixture.js'
import type { SignParameters } from '../../test/independent-signer.js'
import { AuthorizationMemo } from '../authorization-memo.js'
import { createHeaderRules } from '../header-rules.js'
import { readRequestHeaders } from '../request-headers.js'
import { SigningKeyCache } from '../signing-key-cache.js'
import { presentHmacSignature } from './hmac-presentation.js'
import { type VerifiedSignature, verifyHmacSignature } from './hmac-verification.js'

const { signed } = createFixture()
const rows = [PARTNER_SCHEME, AWS_SCHEME]
const headerRules = createHeaderRules(rows, [])

/** The real key cache and memo, and a note of what was put into them. */
function createVerification() {
  const kept: string[] = []
  const keys = new SigningKeyCache(10)
  const memo = new AuthorizationMemo(16)
  const keepKey = keys.keep.bind(keys)
  const keepText = memo.keep.bind(memo)
  keys.keep = (...parts) => {
    kept.push('key')
    keepKey(...parts)
  }
  memo.keep = (...parts) => {
    kept.push('text')
    keepText(...parts)
  }
  const policy = {
    ...{ keys, memo, headerRules, rows, environment: 'sandbox', api: 'orders' },
    ...{ escapedPaths: false, explain: false },
  }
  const verify = (parameters: Partial<SignParameters>, fresh: boolean): VerifiedSignature => {
    const request = signed(parameters)
    const headers = readRequestHeaders(request.rawHeaders, headerRules)
    const parsed = { incoming: request, path: request.target, query: '', headers }
    const presented = presentHmacSignature(parsed, request.rawHeaders.at(-1)!, policy)
    const bodySha256 = request.canonicalRequest.slice(-64)
    return verifyHmacSignature(parsed, presented, CREDENTIAL, bodySha256, policy, fresh)
  }
  return { kept, verify }
}

describe('verifyHmacSignature', () => {
  it('gives the credential, what was signed, and the first half of the MAC; with a kept key, too', () => {
    const { verify } = createVerification()
    for (const body of ['1', '2', '3']) {
      const { canonicalRequest, signature } = signed({ body })
      const verified = verify({ body }, true)
      expect(verified).toMatchObject({ credential: CREDENTIAL, canonicalRequest })
      expect(Buffer.from(verified.claimId).toString('hex')).toBe(signature.slice(0, 32))
    }
  })

  it('keeps key and text of a first fresh request, the text alone of one with other headers', () => {
    const { kept, verify } = createVerification()
    verify({}, true)
    expect(kept).toEqual(['key', 'text'])
    verify({ body: 'another' }, true)
    expect(kept).toEqual(['key', 'text'])
    verify({ headers: [['X-Note', '1']] }, true)
    expect(kept).toEqual(['key', 'text', 'text'])
  })

  it('keeps nothing of a request that is not fresh, whatever was kept before', () => {
    const { kept, verify } = createVerification()
    verify({}, false)
    expect(kept).toEqual([])
    verify({}, true)
    verify({ headers: [['X-Note', '1']] }, false)
    expect(kept).toEqual(['key', 'text'])
  })

  it('keeps nothing of a request that is refused', () => {
    const { kept, verify } = createVerification()
    expect(() => verify({ secret: 'wrong' }, true)).toThrow(
      expect.objectContaining({ code: 'invalid_credentials', detail: 'signature_mismatch' }),
    )
    expect(kept).toEqual([])
  })

  it('says so when the signature fits the request without its body', async () => {
    const { signed, verifier } = createFixture()
    const payloadHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    await expect(verifier.verify(signed({ body: 'came', payloadHash }), WRITE)).rejects.toMatchObject({
      ...{ code: 'body_not_signed', part: 'body' },
      message: expect.stringContaining('fits a request without a body, but a body came'),
    })
    for (const wrong of [{ secret: 'wrong' }, { keyId: 'nobody_here_1' }])
      await expect(
        verifier.verify(signed({ body: 'came', payloadHash, ...wrong }), WRITE),
      ).rejects.toMatchObject({
        code: 'invalid_credentials',
      })
  })
})
