import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSettings, saveProfile } from './settings.js'

const PROFILE = {
  baseUrl: 'https://api.example.com',
  environment: 'live',
  api: 'orders',
  keyId: 'stored_key_1',
}

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'partner-cli-settings-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

test('no file counts as empty', async () => {
  expect(await readSettings(join(folder, 'absent'))).toMatchObject({
    currentProfile: undefined,
    profiles: {},
  })
})

test('the first profile becomes the current one and stays it; mode 0600', async () => {
  await saveProfile(folder, 'a.b', PROFILE)
  await saveProfile(folder, 'second', { ...PROFILE, partner: 'acme' })
  const settings = await readSettings(folder)
  expect(settings).toMatchObject({
    currentProfile: 'a.b',
    profiles: { 'a.b': PROFILE, second: { partner: 'acme' } },
  })
  expect((await stat(settings.path)).mode & 0o777).toBe(0o600)
})

test.each([
  ['{ "profiles": ', 'JSON'],
  ['{ "profiles": { "x": { "baseUrl": 5 } } }', 'profiles'],
])('a broken file is named and left as it is: %s', async (text, hint) => {
  const path = join(folder, 'config.json')
  await writeFile(path, text)
  await expect(readSettings(folder)).rejects.toMatchObject({
    code: 'settings_invalid',
    exitCode: 2,
    message: expect.stringMatching(new RegExp(`${path}.*${hint}`)),
  })
  await expect(saveProfile(folder, 'x', PROFILE)).rejects.toMatchObject({ code: 'settings_invalid' })
  expect(await readFile(path, 'utf8')).toBe(text)
})
