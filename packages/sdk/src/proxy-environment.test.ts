import { describe, expect, it } from 'vitest'
import { UsageError } from './errors.js'
import { readProxyChoice } from './proxy-environment.js'

const A = 'http://a.test:3128'
const B = 'http://b.test:3128'

describe('readProxyChoice', () => {
  it.each([
    ['nothing set', {}, undefined],
    ['upper case', { HTTPS_PROXY: A }, { httpProxy: '', httpsProxy: A, noProxy: '' }],
    ['lower case first', { https_proxy: A, HTTPS_PROXY: B }, { httpProxy: '', httpsProxy: A, noProxy: '' }],
    [
      'an empty lower-case one does not hide',
      { https_proxy: '', HTTPS_PROXY: B },
      { httpProxy: '', httpsProxy: B, noProxy: '' },
    ],
    [
      'nor does one of blanks',
      { https_proxy: ' ', HTTPS_PROXY: B },
      { httpProxy: '', httpsProxy: B, noProxy: '' },
    ],
    [
      'an empty no_proxy does not hide',
      { HTTP_PROXY: A, no_proxy: '', NO_PROXY: 'x.test' },
      { httpProxy: A, httpsProxy: '', noProxy: 'x.test' },
    ],
    ['one for all', { ALL_PROXY: A }, { httpProxy: A, httpsProxy: A, noProxy: '' }],
    ['without a scheme', { HTTPS_PROXY: 'a.test:3128' }, { httpProxy: '', httpsProxy: A, noProxy: '' }],
    ['only empty ones', { https_proxy: '', HTTPS_PROXY: '' }, undefined],
  ])('%s', (_, environment, expected) => {
    expect(readProxyChoice(undefined, environment)).toEqual(expected)
  })

  it('prefers the option, and false means none', () => {
    expect(readProxyChoice(A, { HTTPS_PROXY: B, NO_PROXY: '*' })).toEqual({
      httpProxy: A,
      httpsProxy: A,
      noProxy: '',
    })
    expect(readProxyChoice(false, { HTTPS_PROXY: B })).toBeUndefined()
  })

  it('refuses what is no http proxy, without repeating a password', () => {
    for (const value of ['socks5://user:canary@a.test', 'http://user:canary@[broken']) {
      const read = (): unknown => readProxyChoice(undefined, { HTTPS_PROXY: value })
      expect(read).toThrow(UsageError)
      expect(read).toThrow(/HTTPS_PROXY/)
      expect(read).not.toThrow(/canary/)
    }
  })
})
