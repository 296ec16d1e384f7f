import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findSecret, saveSecret } from './secrets.js'

let folder: string
const umask = process.umask()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'partner-cli-secrets-'))
})

afterEach(async () => {
  process.umask(umask)
  await rm(folder, { recursive: true, force: true })
})

test('PARTNER_SECRET_FILE, then PARTNER_SECRET, then the file of the profile', async () => {
  const file = join(folder, 'given')
  await writeFile(file, 'from the file\r\n', { mode: 0o600 })
  await saveSecret(folder, 'main', 'from the profile')
  const all = { PARTNER_SECRET_FILE: file, PARTNER_SECRET: 'from the variable' }
  expect(await findSecret(all, folder, 'main')).toMatchObject({
    value: 'from the file',
    kind: 'file-variable',
  })
  const { PARTNER_SECRET } = all
  expect(await findSecret({ PARTNER_SECRET_FILE: '', PARTNER_SECRET }, folder, 'main')).toMatchObject({
    value: 'from the variable',
  })
  expect(await findSecret({}, folder, 'main')).toMatchObject({ value: 'from the profile', kind: 'profile' })
  await expect(findSecret({}, folder, undefined)).rejects.toMatchObject({
    code: 'secret_missing',
    exitCode: 2,
  })
})

test('a stored secret is for its owner only, whatever the umask, and leaves no temporary file', async () => {
  process.umask(0)
  const path = await saveSecret(folder, 'main', 'one')
  await saveSecret(folder, 'main', 'two')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await stat(join(folder, 'secrets'))).mode & 0o777).toBe(0o700)
  expect(await readdir(join(folder, 'secrets'))).toEqual(['main'])
  expect(await findSecret({}, folder, 'main')).toMatchObject({ value: 'two' })
})

test.each([0o640, 0o604, 0o620, 0o666])(
  'a file of mode %o is refused, with the command to run',
  async mode => {
    const path = await saveSecret(folder, 'main', 'one')
    await chmod(path, mode)
    await expect(findSecret({}, folder, 'main')).rejects.toMatchObject({
      code: 'secret_file_permissions',
      next: `chmod 600 ${path}`,
    })
  },
)

test.each(['', '\n', 'two\nlines\n'])('%j is no secret', async text => {
  const file = join(folder, 'given')
  await writeFile(file, text, { mode: 0o600 })
  await expect(findSecret({ PARTNER_SECRET_FILE: file }, folder, undefined)).rejects.toMatchObject({
    code: 'secret_invalid',
  })
})

test('a missing file is named', async () => {
  await expect(findSecret({ PARTNER_SECRET_FILE: '/nowhere/x' }, folder, undefined)).rejects.toMatchObject({
    code: 'secret_file_unreadable',
    message: expect.stringContaining('/nowhere/x'),
  })
})
