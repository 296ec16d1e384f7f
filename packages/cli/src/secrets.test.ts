import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FoundSecret, findSecret as find, type SecretRequest, saveSecret } from './secrets.js'

function findSecret(
  env: Record<string, string>,
  directory: string,
  secretProfile: string | undefined,
  more: Partial<SecretRequest> = {},
  connection: Partial<SecretRequest['connection']> = {},
): Promise<FoundSecret> {
  return find({
    env,
    directory,
    connection: {
      auth: 'hmac',
      keyId: 'test_key_0001',
      secretProfile,
      credentialProcess: undefined,
      store: 'file',
      ...connection,
    },
    ...more,
  })
}

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

test('credential-process, then mounted secrets, then the file of the profile', async () => {
  await saveSecret(folder, 'main', 'from the profile')
  // Readable by others: who mounts secrets decides about their modes.
  await writeFile(join(folder, 'partner-secret'), 'mounted for all', { mode: 0o444 })
  const systemFolders = [folder]
  const credentialProcess = `"${process.execPath}" -e 'console.log("from the process")'`
  const found = findSecret({}, folder, 'main', { systemFolders }, { credentialProcess })
  expect(await found).toMatchObject({ value: 'from the process', kind: 'process' })
  expect(await findSecret({}, folder, 'main', { systemFolders })).toMatchObject({
    value: 'mounted for all',
    kind: 'system',
  })
  await writeFile(join(folder, 'partner-secret.main'), 'mounted for main\n')
  expect(await findSecret({}, folder, 'main', { systemFolders })).toMatchObject({ value: 'mounted for main' })
  expect(await findSecret({}, folder, 'main')).toMatchObject({ value: 'from the profile' })
})

test('a document of --credential-file comes before everything', async () => {
  const document = { source: 'x.json', secret: 'from the document' }
  expect(await findSecret({ PARTNER_SECRET: 'variable' }, folder, undefined, { document })).toMatchObject({
    value: 'from the document',
    kind: 'document',
  })
})

test('a keychain that does not work falls back to the file; without one it is said', async () => {
  const openKeychainEntry = (): Promise<never> => Promise.reject(new Error('no Secret Service\nmore'))
  const more = { openKeychainEntry }
  await expect(findSecret({}, folder, 'main', more, { store: 'keychain' })).rejects.toMatchObject({
    code: 'keychain_unusable',
    exitCode: 10,
    message: expect.stringContaining('no Secret Service.'),
  })
  await saveSecret(folder, 'main', 'from the file')
  expect(await findSecret({}, folder, 'main', more, { store: 'keychain' })).toMatchObject({ kind: 'profile' })
})

test('the keychain names the credential, and is asked only by profiles that use it', async () => {
  const asked: string[] = []
  const openKeychainEntry: SecretRequest['openKeychainEntry'] = async (service, account) => {
    asked.push(`${service} ${account}`)
    const entry = { getPassword: async () => 'from the keychain' }
    return entry as unknown as Awaited<ReturnType<NonNullable<SecretRequest['openKeychainEntry']>>>
  }
  await saveSecret(folder, 'main', 'from the file')
  expect(await findSecret({}, folder, 'main', { openKeychainEntry })).toMatchObject({ kind: 'profile' })
  expect(asked).toEqual([])
  expect(await findSecret({}, folder, 'main', { openKeychainEntry }, { store: 'keychain' })).toMatchObject({
    value: 'from the keychain',
    kind: 'keychain',
  })
  expect(asked).toEqual(['partner-cli main/test_key_0001'])
})

test('a keychain that waits for a password is left after three seconds', async () => {
  const openKeychainEntry = (): Promise<never> => new Promise(() => {})
  const before = performance.now()
  await expect(
    findSecret({}, folder, 'main', { openKeychainEntry }, { store: 'keychain' }),
  ).rejects.toMatchObject({ message: expect.stringContaining('within 3 s') })
  expect(performance.now() - before).toBeLessThan(4500)
})

test('a private key has many lines; a secret does not pass for one', async () => {
  const file = join(folder, 'key.pem')
  const env = { PARTNER_PRIVATE_KEY_FILE: file }
  const pem = '-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----'
  await writeFile(file, `${pem}\n`, { mode: 0o600 })
  const connection = { auth: 'http-signature' } as const
  expect(await findSecret(env, folder, undefined, {}, connection)).toMatchObject({ value: pem })
  await writeFile(file, 'a secret')
  await expect(findSecret(env, folder, undefined, {}, connection)).rejects.toMatchObject({
    code: 'secret_invalid',
  })
})
