import { expect, test } from 'vitest'
import { runCredentialProcess, splitWords } from './credential-process.js'

test.each([
  ['vault kv get  -field=x', ['vault', 'kv', 'get', '-field=x']],
  [`a 'b c' "d \\"e" f\\ g h''`, ['a', 'b c', 'd "e', 'f g', 'h']],
  [`'' x`, ['', 'x']],
  ['a$(b) `c` $HOME;', ['a$(b)', '`c`', '$HOME;']],
  ['   ', []],
])('%s', (line, words) => {
  expect(splitWords(line)).toEqual(words)
})

test.each(["a 'b", 'a "b', 'a\\'])('an open quote: %s', line => {
  expect(() => splitWords(line)).toThrow(expect.objectContaining({ code: 'credential_process_invalid' }))
})

function node(script: string): string {
  return `'${process.execPath}' -e '${script}'`
}

test('the secret alone, or JSON that says whose it is', async () => {
  expect(await runCredentialProcess(node('console.log("plain")'), 'key_00001')).toBe('plain')
  const json = node('console.log(JSON.stringify({ Version: 1, KeyId: "key_00001", Secret: "in json" }))')
  expect(await runCredentialProcess(json, 'key_00001')).toBe('in json')
  await expect(runCredentialProcess(json, 'key_00002')).rejects.toMatchObject({
    code: 'credential_process_failed',
    exitCode: 4,
  })
})

test('what the program prints is in no message', async () => {
  for (const script of [
    'console.log("canary-1"); console.error("canary-2"); process.exit(3)',
    'console.log("{ canary-1")',
    'console.log("{}")',
  ]) {
    const failure = await runCredentialProcess(node(script), 'key_00001').catch((error: Error) => error)
    expect(failure).toMatchObject({ code: 'credential_process_failed' })
    expect(String((failure as Error).stack)).not.toContain('canary-')
  }
})
