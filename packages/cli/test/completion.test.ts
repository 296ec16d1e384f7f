import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BIN } from './run-cli.js'
import { runInProcess } from './run-in-process.js'

let folder: string
let env: Record<string, string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'partner-cli-completion-'))
  await mkdir(join(folder, 'bin'))
  await chmod(BIN, 0o755).catch(() => {})
  await symlink(process.execPath, join(folder, 'bin', 'node'))
  await writeFile(
    join(folder, 'bin', 'partner-cli'),
    `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`,
    { mode: 0o755 },
  )
  await writeFile(join(folder, 'statuses.csv'), '')
  await mkdir(join(folder, 'config'))
  const profile = { baseUrl: 'https://api.example.com', keyId: 'test_key_0001' }
  const settings = { currentProfile: 'acme-live', profiles: { 'acme-live': profile, 'acme-test': profile } }
  await writeFile(join(folder, 'config', 'config.json'), JSON.stringify(settings), { mode: 0o600 })
  env = {
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    PARTNER_CONFIG_DIR: join(folder, 'config'),
    HOME: folder,
    TERM: 'dumb',
  }
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    const { exitCode, stdout } = await runInProcess(['completion', shell], { env })
    expect(exitCode).toBe(0)
    await writeFile(join(folder, `completion.${shell}`), stdout)
  }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** What a shell offers for a line whose last word is begun. */
const SHELLS: Readonly<Record<'bash' | 'zsh' | 'fish', (line: string) => string[]>> = {
  bash: line => [
    'bash',
    '--norc',
    '-c',
    `source completion.bash
     line=$1; read -ra COMP_WORDS <<< "$line"; [[ $line == *' ' ]] && COMP_WORDS+=('')
     COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMP_LINE=$line; COMP_POINT=\${#line}
     _partner_cli; printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
    line,
  ],
  // The line editor's own builtins work inside it only; in their place stand functions that print what they are given.
  zsh: line => [
    'zsh',
    '-f',
    '-c',
    `compdef() { }
     _describe() { print -rl -- "\${(@)\${(@P)@[-1]}%%:*}" | grep -- "^\${words[CURRENT]}" }
     compadd() { shift; print -rl -- "$@" | grep -- "^\${words[CURRENT]}" }
     _files() { print -rl -- *(N) | grep -- "^\${words[CURRENT]}" }
     source completion.zsh
     line=$1; words=(\${=line}); [[ $line == *' ' ]] && words+=('')
     CURRENT=\${#words}; _partner_cli`,
    'zsh',
    line,
  ],
  fish: line => ['fish', '--no-config', '-c', 'source completion.fish; complete -C $argv[1]', line],
}

function complete(shell: keyof typeof SHELLS, line: string): string[] {
  const [program, ...args] = SHELLS[shell](line)
  const { stdout, stderr, status } = spawnSync(program!, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    timeout: 20_000,
  })
  expect([status, stderr]).toEqual([0, ''])
  return stdout
    .split(/[\r\n]+/)
    .map(text => text.split('\t')[0]!.trim())
    .filter(text => text !== '')
    .sort()
}

const CASES: readonly (readonly [line: string, expected: readonly string[]])[] = [
  ['partner-cli pus', ['push-status']],
  ['partner-cli auth ', ['import', 'login', 'logout', 'rollback', 'status', 'test']],
  ['partner-cli --profile auth auth st', ['status']],
  ['partner-cli auth import --us', ['--use']],
  ['partner-cli auth import --use ', ['api-key', 'hmac', 'http-signature', 'oauth']],
  ['partner-cli completion ', ['bash', 'fish', 'powershell', 'zsh']],
  ['partner-cli push-status --profile acme-', ['acme-live', 'acme-test']],
  ['partner-cli push-status --file stat', ['statuses.csv']],
]

for (const shell of Object.keys(SHELLS) as (keyof typeof SHELLS)[]) {
  const isThere = spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0
  if (!isThere && process.env['CI'] === undefined) console.log(`${shell} is not installed: not tested`)
  describe.skipIf(!isThere && process.env['CI'] === undefined)(`completion in ${shell}`, () => {
    test.each(CASES)('%s', (line, expected) => {
      expect(complete(shell, line)).toEqual([...expected].sort())
    })
  })
}

test('PowerShell: every command and every choice is there', async () => {
  const { stdout } = await runInProcess(['completion', 'powershell'], { env })
  expect(stdout).toContain("'auth import' = @{ words = @(); options = @('--use',")
  expect(stdout).toContain("'auth import --use' = @('hmac', 'api-key', 'http-signature', 'oauth')")
})
