import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diagnoseMismatch, diagnoseSignature } from '../src/diagnosis/index.js'
import { CREDENTIAL, signMistakenly } from './mistaken-signer.js'
import { anyText, byteText, check } from './property.js'

const signed = signMistakenly({})

describe('a diagnosis is total', () => {
  it('for two texts of any kind', () => {
    check(
      fc.property(anyText, anyText, fc.option(fc.uint8Array(), { nil: undefined }), (a, b, body) => {
        const { cause, firstDifference } = diagnoseMismatch(
          { canonicalRequest: a },
          { canonicalRequest: b },
          body,
        )
        expect(cause.explanation.length).toBeGreaterThan(20)
        expect(firstDifference === undefined).toBe(a === b)
      }),
    )
  })

  it('for a canonical request with any part changed', () => {
    check(
      fc.property(fc.nat(7), anyText, (index, text) => {
        const lines = signed.canonicalRequest.split('\n')
        const changed = lines.with(index % lines.length, text).join('\n')
        fc.pre(changed !== signed.canonicalRequest)
        const { cause } = diagnoseMismatch({ canonicalRequest: changed }, signed)
        expect(cause.code).not.toBe('identical')
      }),
    )
  })

  it('for a recorded request with any part changed', () => {
    check(
      fc.property(fc.nat(8), byteText, (index, text) => {
        const { method, target, headers, body } = signed
        const recorded = {
          method: index === 6 ? text : method,
          path: index === 7 ? text : target,
          query: index === 8 ? text : '',
          headers: headers.map(([name, value], i) => [name, i === index ? text : value] as const),
          body: Buffer.from(body),
        }
        expect(diagnoseSignature(recorded, CREDENTIAL).causes.length).toBeGreaterThan(0)
      }),
      60,
    )
  })
})
