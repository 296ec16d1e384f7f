import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { check, refusal, refusalMessage, TOKEN_CHARACTERS, textOf } from '../../test/property.js'
import { formatSignatureParameters, parseSignatureParameters } from './signature-parameters.js'

const invalid = (part: string): { code: string; part: string } => ({ code: 'signature_input_invalid', part })
const PRINTABLE = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')
const text = fc.option(textOf(PRINTABLE, 0, 30), { nil: undefined })
const time = fc.option(fc.nat({ max: 999_999_999_999_999 }), { nil: undefined })

describe('parseSignatureParameters', () => {
  it('reads all parameters in any order', () => {
    const parameters =
      '("@method" "content-digest");tag="t";keyid="k\\"\\\\";alg="ed25519";nonce="";expires=2;created=0'
    expect(parseSignatureParameters(parameters)).toEqual({
      components: ['@method', 'content-digest'],
      parameters: { tag: 't', keyid: 'k"\\', alg: 'ed25519', nonce: '', expires: 2, created: 0 },
    })
  })

  it('reads what is written', () => {
    const components = fc.uniqueArray(
      fc.oneof(
        fc.constantFrom('@method', '@authority', '@path', '@query'),
        textOf(TOKEN_CHARACTERS, 1, 12).filter(name => !/^signature(-input)?$/.test(name)),
      ),
      { maxLength: 20 },
    )
    const parameters = fc.record({
      created: time,
      expires: time,
      nonce: text,
      alg: text,
      keyid: text,
      tag: text,
    })
    check(
      fc.property(components, parameters, (names, given) => {
        const input = { components: names, parameters: given }
        const present = Object.entries(given).filter(([, value]) => value !== undefined)
        expect(parseSignatureParameters(formatSignatureParameters(input))).toEqual({
          components: names,
          parameters: Object.fromEntries(present),
        })
      }),
    )
  })

  it.each([
    ['("@method" "@method")', '@method', 'twice'],
    ['("host" "host")', 'host', 'twice'],
    ['("@query-param";name="Pet")', '@query-param', 'the parameter "name"'],
    ['("@query-param")', '@query-param', 'only @method, @authority, @path, @query'],
    ['("@signature-params")', '@signature-params', 'only @method'],
    ['("@status")', '@status', 'only @method'],
    ['("content-digest";sf)', 'content-digest', 'the parameter "sf"'],
    ['("content-digest";bs)', 'content-digest', 'the parameter "bs"'],
    ['("content-digest";key="sha-256")', 'content-digest', 'the parameter "key"'],
    ['("content-digest";tr)', 'content-digest', 'the parameter "tr"'],
    ['("@method";req)', '@method', 'the parameter "req"'],
    ['("@method";unheard-of)', '@method', 'the parameter "unheard-of"'],
    ['("Content-Type")', 'Content-Type', 'lower case'],
    ['("x y")', 'x y', 'no header name'],
    ['("")', 'component', 'no header name'],
    ['("signature")', 'signature', 'covers no signature'],
    ['("signature-input")', 'signature-input', 'covers no signature'],
    ['(content-type)', 'components', 'double quotes'],
    ['("@method");created=1.0', 'form', 'one accepted way'],
    ['("@method");created=01', 'form', 'one accepted way'],
    ['("@method");created=-0', 'form', 'one accepted way'],
    ['("@method");created=1.5', 'created', 'whole number'],
    ['("@method");created=-1', 'created', 'whole number'],
    ['("@method");created="1"', 'created', 'whole number'],
    ['("@method");created', 'created', 'whole number'],
    ['("@method");created=1;created=1', 'form', 'twice'],
    ['("@method");created=1;created=2', 'form', 'twice'],
    ['("@method");keyid=k', 'keyid', 'printable ASCII'],
    ['("@method");nonce=:AA==:', 'nonce', 'printable ASCII'],
    ['("@method");extra=1', 'extra', 'not known'],
    ['("@method");__proto__=1', 'form', 'parentheses'],
    ['("@method"  "@path")', 'form', 'one accepted way'],
    ['( "@method")', 'form', 'one accepted way'],
    ['("@method"); created=1', 'form', 'one accepted way'],
    ['("@method"),("@path")', 'form', 'parentheses'],
    ['"@method"', 'form', 'parentheses'],
    ['', 'form', 'parentheses'],
    ['("@method', 'form', 'parentheses'],
  ])('refuses %s', (parameters, part, words) => {
    expect(refusal(() => parseSignatureParameters(parameters))).toEqual(invalid(part))
    expect(refusalMessage(() => parseSignatureParameters(parameters))).toContain(words)
  })

  it('accepts 64 components and refuses 65', () => {
    const names = Array.from({ length: 65 }, (_, i) => `"x-${i}"`)
    expect(parseSignatureParameters(`(${names.slice(1).join(' ')})`).components).toHaveLength(64)
    expect(refusal(() => parseSignatureParameters(`(${names.join(' ')})`))).toEqual(invalid('components'))
  })
})

describe('formatSignatureParameters', () => {
  it.each([
    [{ components: ['Host'], parameters: {} }, 'Host'],
    [{ components: [], parameters: { created: 1.5 } }, 'created'],
    [{ components: [], parameters: { created: Number.NaN } }, 'created'],
    [{ components: [], parameters: { expires: 1e15 } }, 'expires'],
    [{ components: [], parameters: { nonce: 'é' } }, 'nonce'],
    [{ components: [], parameters: { keyid: 'a\n' } }, 'keyid'],
  ])('refuses %j', (input, part) => {
    expect(refusal(() => formatSignatureParameters(input))).toEqual(invalid(part))
  })
})
