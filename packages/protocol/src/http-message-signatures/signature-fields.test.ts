import fc from 'fast-check'
import { parseDictionary } from 'structured-headers'
import { describe, expect, it } from 'vitest'
import { check, nearly, refusal, refusalMessage } from '../../test/property.js'
import {
  formatSignature,
  formatSignatureInput,
  parseSignature,
  parseSignatureInput,
} from './signature-fields.js'
import { findTaggedSignature } from './tagged-signature.js'

const refused = (part: string): { code: string; part: string } => ({ code: 'signature_input_invalid', part })

describe('parseSignatureInput', () => {
  it('keeps what stands on the wire, commas in strings too', () => {
    const text = '("@method" "x,y");nonce="a, b=\\"c\\\\";tag="mine"'
    expect(parseSignatureInput(`a=${text} ,\tb=();tag=token,c=("@query-param";name="q")`)).toEqual([
      { label: 'a', tag: 'mine', text },
      { label: 'b', tag: undefined, text: '();tag=token' },
      { label: 'c', tag: undefined, text: '("@query-param";name="q")' },
    ])
  })

  it.each([
    ['a=(), a=()', '"a" stands twice'],
    ['a=();tag="mine", b=(), a=()', '"a" stands twice'],
    ['a', 'is no list'],
    ['a=1', 'is no list'],
    ['a="()"', 'is no list'],
    ['', 'no dictionary'],
    ['a=(),', 'no dictionary'],
    [',a=()', 'no dictionary'],
    ['a=() b=()', 'no dictionary'],
    ['A=()', 'no dictionary'],
    ['a=();n=%"x"', 'no dictionary'],
    ['a=();n=%"\\", b=();tag="mine"', 'no dictionary'],
    ['a=("x', 'no dictionary'],
    ['a=();n="é"', 'no dictionary'],
  ])('refuses %s', (value, words) => {
    expect(refusal(() => parseSignatureInput(value))).toEqual(refused('Signature-Input'))
    expect(refusalMessage(() => parseSignatureInput(value))).toContain(words)
  })

  it('agrees with structured-headers on members, tags and what is none', () => {
    const field = nearly(
      nearly(
        fc.constant(
          'sig1=("@method" "content-type");created=1;nonce="a,\\"b\\\\";tag="mine", b=();tag="x",c=("d";sf);e=?0;f=1.5;g=:AAE=:;h=tok/en',
        ),
      ),
    )
    check(
      fc.property(field, value => {
        let theirs: [string, unknown][] | undefined
        try {
          // A field's value has no blanks at its ends.
          theirs = [...parseDictionary(value.replace(/^[ \t]+/, ''))].map(([label, [, parameters]]) => {
            const tag = (parameters as ReadonlyMap<string, unknown>).get('tag')
            return [label, typeof tag === 'string' ? tag : undefined]
          })
        } catch {}
        const problem = refusal(() => parseSignatureInput(value))
        if (problem === undefined) {
          expect(parseSignatureInput(value).map(({ label, tag }) => [label, tag])).toEqual(theirs)
        } else if (theirs !== undefined) {
          // Stricter in these only: a label twice, a member that is no list, display strings, nothing at all.
          expect(refusalMessage(() => parseSignatureInput(value))).toMatch(
            value.includes('%"') || theirs.length === 0 ? /./ : /stands twice|is no list/,
          )
        }
      }),
      3000,
    )
  })
})

describe('parseSignature', () => {
  it('reads what is written', () => {
    check(
      fc.property(fc.uint8Array({ maxLength: 80 }), bytes => {
        expect(parseSignature(formatSignature('sig1', bytes))).toEqual(new Map([['sig1', bytes]]))
      }),
    )
  })

  it.each([
    'sig1=:AAF=:',
    'sig1=:AA:',
    'sig1=:AA=:',
    'sig1=:A A=:',
    'sig1=:AA==:;x=1',
    'sig1="AA=="',
    'sig1=AA',
    'sig1',
    'sig1=:AA==:, sig1=:AA==:',
    'sig1=:AA_-:',
    '',
  ])('refuses %j', value => {
    expect(refusal(() => parseSignature(value))).toEqual(refused('Signature'))
  })

  it('shows no signature', () => {
    const message = refusalMessage(() => parseSignature('sig1=:c2VjcmV0c2VjcmV0:x'))
    expect(message).not.toContain('c2Vj')
  })
})

describe('formatSignatureInput', () => {
  it.each(['', 'Sig', '1a', 'a b', 'a'.repeat(65), 'é'])('refuses the label %j', label => {
    expect(refusal(() => formatSignatureInput(label, { components: [], parameters: {} }))).toEqual(
      refused('label'),
    )
    expect(refusal(() => formatSignature(label, new Uint8Array()))).toEqual(refused('label'))
  })
})

describe('findTaggedSignature', () => {
  const foreign = 'theirs=("@query-param";name="q");new=1;tag="theirs"'
  it('finds ours, wherever it stands, and does not judge the others', () => {
    for (const input of [
      `${foreign}, ours=("@method");tag="mine"`,
      `ours=("@method");tag="mine", ${foreign}`,
    ])
      expect(findTaggedSignature(input, 'ours=:AQ==:, theirs=:AA==:', 'mine')).toEqual({
        ...{ label: 'ours', text: '("@method");tag="mine"', signature: new Uint8Array([1]) },
        ...{ components: ['@method'], parameters: { tag: 'mine' } },
      })
    expect(findTaggedSignature(foreign, 'theirs=:AA==:', 'mine')).toBeUndefined()
    expect(findTaggedSignature('a=();nonce=";tag=\\"mine\\""', 'a=:AA==:', 'mine')).toBeUndefined()
  })

  it.each([
    ['a=();tag="mine", b=();tag="mine"', 'a=:AA==:, b=:AA==:', 'tag', 'Two signatures'],
    ['a=();tag="mine"', 'b=:AA==:', 'Signature', '"a" is missing in Signature.'],
    ['a=();tag="mine"', 'a=:AA==:, b=:AA==:', 'Signature-Input', '"b" is missing in Signature-Input.'],
    ['a=();tag="mine", b=()', 'a=:AA==:', 'Signature', '"b" is missing'],
  ])('refuses %s with %s', (input, signature, part, words) => {
    const find = (): unknown => findTaggedSignature(input, signature, 'mine')
    expect(refusal(find)).toEqual(refused(part))
    expect(refusalMessage(find)).toContain(words)
  })
})
