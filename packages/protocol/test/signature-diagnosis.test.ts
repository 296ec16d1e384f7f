import { describe, expect, it } from 'vitest'
import { type DiagnosisCode, diagnoseSignature, type RecordedRequest } from '../src/diagnosis/index.js'
import { DOUBLE_MISTAKES, FORM_MISTAKES, SIGNING_MISTAKES } from './known-mistakes.js'
import { CREDENTIAL, type SignerMistakes, signMistakenly } from './mistaken-signer.js'

function record(mistakes: SignerMistakes): RecordedRequest {
  const { method, target, headers, body } = signMistakenly(mistakes)
  const [path = '', query = ''] = target.split('?')
  return { method, path, query, headers, body: Buffer.from(body) }
}

const diagnose = (mistakes: SignerMistakes): ReturnType<typeof diagnoseSignature> =>
  diagnoseSignature(record(mistakes), CREDENTIAL)

describe('diagnoseSignature', () => {
  it('says that a right signature is right, and agrees with the foreign signer', () => {
    const { canonicalRequest, stringToSign } = signMistakenly({})
    const { causes, proven, signer, verifier } = diagnose({})
    expect(causes.map(({ code }) => code)).toEqual(['signature_right'])
    expect(proven).toBe(true)
    expect(signer).toEqual({ canonicalRequest, stringToSign })
    expect(verifier).toEqual(signer)
  })

  it.each(SIGNING_MISTAKES)('names %s: %s', (code, _, mistakes) => {
    const { causes, proven, signer } = diagnose(mistakes)
    expect(causes.map(cause => cause.code)).toEqual([code])
    expect(proven).toBe(code !== 'other_secret')
    if (!proven) return
    const { canonicalRequest, stringToSign } = signMistakenly(mistakes)
    expect(signer).toEqual({ canonicalRequest, stringToSign })
  })

  it.each(FORM_MISTAKES)('names %s: %s', (code, _, mistakes) => {
    expect(diagnose(mistakes).causes.map(cause => cause.code)).toContain<DiagnosisCode>(code)
    expect(diagnose(mistakes).proven).toBe(true)
  })

  it.each(DOUBLE_MISTAKES)('names both of %j', (codes, mistakes) => {
    expect(diagnose(mistakes).causes.map(cause => cause.code)).toEqual(codes)
  })

  it('never holds the secret or the signature', () => {
    for (const [, , mistakes] of [...SIGNING_MISTAKES, ...FORM_MISTAKES]) {
      const text = JSON.stringify(diagnose(mistakes))
      expect(text).not.toContain(CREDENTIAL.secret)
      const signature = /Signature=(.*)/.exec(JSON.stringify(record(mistakes).headers))?.[1]
      if (signature !== undefined) expect(text).not.toContain(signature.slice(0, 43))
    }
  })

  it('knows a body that was not recorded by its hash header, and says when there is none', () => {
    const unrecorded = (mistakes: SignerMistakes): RecordedRequest => ({
      ...record(mistakes),
      body: undefined,
    })
    const codeOf = (mistakes: SignerMistakes): DiagnosisCode =>
      diagnoseSignature(unrecorded(mistakes), CREDENTIAL).causes[0]!.code
    expect(codeOf({ sendsHash: true })).toBe('signature_right')
    expect(codeOf({ sendsHash: true, secret: `${CREDENTIAL.secret}\n` })).toBe('secret_white_space')
    expect(codeOf({})).toBe('body_not_recorded')
  })
})
