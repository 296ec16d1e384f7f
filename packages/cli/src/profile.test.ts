import { describe, expect, test } from 'vitest'
import { parseProfileName, resolveConnection } from './profile.js'
import type { Settings } from './settings.js'

const PROFILE = {
  baseUrl: 'https://api.example.com',
  environment: 'live',
  api: 'orders',
  keyId: 'stored_key_1',
}
const SETTINGS: Settings = {
  path: '/config.json',
  currentProfile: 'main',
  profiles: {
    main: PROFILE,
    test: { ...PROFILE, environment: 'sandbox', baseUrl: 'http://127.0.0.1:8787/base/' },
  },
  previous: {},
}
const NOTHING: Settings = { path: '/config.json', currentProfile: undefined, profiles: {}, previous: {} }

describe('flag, then variable, then profile, then default', () => {
  test('the current profile', () => {
    expect(resolveConnection(SETTINGS, {}, {})).toMatchObject({
      ...PROFILE,
      profile: 'main',
      secretProfile: 'main',
    })
  })

  test('a named one, by variable or flag', () => {
    expect(resolveConnection(SETTINGS, { PARTNER_PROFILE: 'test' }, {})).toMatchObject({
      environment: 'sandbox',
      baseUrl: 'http://127.0.0.1:8787/base',
    })
    expect(resolveConnection(SETTINGS, { PARTNER_PROFILE: 'nobody' }, { profile: 'test' }).profile).toBe(
      'test',
    )
    expect(() => resolveConnection(SETTINGS, { PARTNER_PROFILE: 'nobody' }, {})).toThrow('Known: main, test')
    expect(() => resolveConnection(SETTINGS, {}, { profile: 'constructor' })).toThrow(
      'There is no profile constructor',
    )
  })

  test('values one by one; empty variables count as absent', () => {
    const env = { PARTNER_BASE_URL: 'https://other.example', PARTNER_ENVIRONMENT: 'sandbox', PARTNER_API: '' }
    expect(resolveConnection(SETTINGS, env, {})).toMatchObject({
      baseUrl: 'https://other.example',
      environment: 'sandbox',
      api: 'orders',
    })
    expect(resolveConnection(SETTINGS, env, { baseUrl: 'https://flag.example' }).baseUrl).toBe(
      'https://flag.example',
    )
  })

  test('variables alone are enough; the environment is live unless said', () => {
    const env = { PARTNER_BASE_URL: 'https://api.example.com', PARTNER_KEY_ID: 'env_key_0001' }
    expect(resolveConnection(NOTHING, env, {})).toMatchObject({
      environment: 'live',
      api: 'orders',
      profile: undefined,
    })
  })

  test("another key id does not get the profile's secret", () => {
    expect(resolveConnection(SETTINGS, { PARTNER_KEY_ID: 'env_key_0001' }, {}).secretProfile).toBeUndefined()
    expect(resolveConnection(SETTINGS, { PARTNER_KEY_ID: PROFILE.keyId }, {}).secretProfile).toBe('main')
  })

  test('nothing at all says what to do', () => {
    expect(() => resolveConnection(NOTHING, {}, {})).toThrow(
      expect.objectContaining({ code: 'base_url_missing', exitCode: 2 }),
    )
  })
})

test.each(['ftp://x', 'api.example.com', 'https://user:pw@x', 'https://x?a=1', 'https://x#a'])(
  'no base URL: %s',
  baseUrl => {
    const attempt = (): unknown => resolveConnection(SETTINGS, {}, { baseUrl })
    expect(attempt).toThrow(expect.objectContaining({ code: 'base_url_invalid', exitCode: 2 }))
    expect(attempt).not.toThrow(/pw/)
  },
)

test('a profile name cannot leave its folder', () => {
  for (const name of ['..', '../x', 'a/b', 'a\\b', '', '.hidden', 'x'.repeat(65)]) {
    expect(() => parseProfileName(name)).toThrow(expect.objectContaining({ code: 'profile_name_invalid' }))
  }
  expect(parseProfileName('acme-live.2')).toBe('acme-live.2')
})
