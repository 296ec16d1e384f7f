import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AccessToken } from './access-token.js'
import { startRecordingServer } from './testing/recording-server.js'
import { tokenFileCache } from './token-file-cache.js'

const KEY = 'a'.repeat(64)
let folder = ''
let directory = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-tokens-'))
  directory = join(folder, 'tokens')
})
afterEach(() => {
  chmodSync(folder, 0o700)
  rmSync(folder, { recursive: true })
})

const token = (value: string): AccessToken => ({
  value,
  type: 'Bearer',
  scope: undefined,
  issuedAt: 0,
  expiresAt: 1000,
})
const file = (): string => join(directory, `${KEY}.json`)

async function share(fetched = 'fetched', isGood: (token: AccessToken) => boolean = () => true) {
  const reasons: string[] = []
  let fetches = 0
  const found = await tokenFileCache({ directory }).share(
    KEY,
    isGood,
    async () => {
      fetches++
      return token(fetched)
    },
    reason => void reasons.push(reason),
  )
  return { value: found.value, fetches, reasons }
}

describe('the files', () => {
  it('are private, hold the token, and leave nothing else behind', async () => {
    expect(await share()).toEqual({ value: 'fetched', fetches: 1, reasons: [] })
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(readdirSync(directory)).toEqual([`${KEY}.json`])
    expect(await share('other')).toEqual({ value: 'fetched', fetches: 0, reasons: [] })
  })

  it('are replaced when the token will not do', async () => {
    await share('old')
    expect(await share('new', found => found.value !== 'old')).toMatchObject({ value: 'new', fetches: 1 })
    expect(await share('newer')).toMatchObject({ value: 'new', fetches: 0 })
  })

  it('that others can read are ignored, and replaced by private ones', async () => {
    await share('old')
    chmodSync(file(), 0o644)
    expect(await share('new')).toEqual({ value: 'new', fetches: 1, reasons: [] })
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['cut off', '{"value":"t","ty'],
    ['empty', ''],
    ['an array', '[]'],
    ['a token with a line break', JSON.stringify(token('a\nb'))],
    ['without an end', JSON.stringify({ ...token('a'), expiresAt: null })],
    ['too large', JSON.stringify({ ...token('a'), pad: 'x'.repeat(300_000) })],
  ])('that are damaged are ignored: %s', async (_, text) => {
    mkdirSync(directory, { mode: 0o700 })
    writeFileSync(file(), text, { mode: 0o600 })
    expect(await share('new')).toEqual({ value: 'new', fetches: 1, reasons: [] })
    expect(await share('newer')).toMatchObject({ value: 'new', fetches: 0 })
  })

  it('that are links are not followed', async () => {
    mkdirSync(directory, { mode: 0o700 })
    const elsewhere = join(folder, 'elsewhere.json')
    writeFileSync(elsewhere, JSON.stringify(token('planted')), { mode: 0o600 })
    symlinkSync(elsewhere, file())
    expect(await share('new')).toMatchObject({ value: 'new', fetches: 1 })
    expect(readFileSync(elsewhere, 'utf8')).toContain('planted')
  })

  it('are all removed by clear', async () => {
    await share()
    expect(await tokenFileCache({ directory }).clear()).toBe(1)
    expect(existsSync(file())).toBe(false)
    expect(await tokenFileCache({ directory: join(folder, 'none') }).clear()).toBe(0)
  })
})

describe('a directory that cannot be used', () => {
  it('because others can look into it: nothing is read or written', async () => {
    mkdirSync(directory)
    chmodSync(directory, 0o755)
    const { value, fetches, reasons } = await share()
    expect([value, fetches]).toEqual(['fetched', 1])
    expect(reasons).toEqual([expect.stringContaining('chmod go=')])
    expect(readdirSync(directory)).toEqual([])
  })

  it('because it is a link', async () => {
    mkdirSync(join(folder, 'real'), { mode: 0o700 })
    symlinkSync(join(folder, 'real'), directory)
    expect(await share()).toMatchObject({
      value: 'fetched',
      reasons: [expect.stringContaining('no directory')],
    })
  })

  it('because there is a file in its place', async () => {
    writeFileSync(directory, '')
    expect(await share()).toMatchObject({
      value: 'fetched',
      fetches: 1,
      reasons: [expect.stringContaining('cannot be used')],
    })
  })

  it('because the lock cannot be made: the call does not fail, and fetches once', async () => {
    mkdirSync(directory, { mode: 0o700 })
    mkdirSync(`${file()}.lock`)
    // A directory in place of the lock is never broken or opened: the wait for it ends by the stale rule.
    expect(await share()).toMatchObject({ value: 'fetched', fetches: 1 })
  })

  it('a failing fetch fails the call, and leaves no lock', async () => {
    const cache = tokenFileCache({ directory })
    const failure = cache.share(
      KEY,
      () => true,
      () => Promise.reject(new Error('refused')),
      () => {},
    )
    await expect(failure).rejects.toThrow('refused')
    expect(readdirSync(directory)).toEqual([])
  })
})

describe('processes', () => {
  let program = ''
  beforeAll(() => {
    program = join(mkdtempSync(join(tmpdir(), 'countersign-token-process-')), 'token-process.mjs')
    const entryPoints = [join(import.meta.dirname, 'testing/token-process.ts')]
    buildSync({
      entryPoints,
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['countersign:source'],
    })
  })
  afterAll(() => rmSync(join(program, '..'), { recursive: true }))

  const start = (
    address: string,
  ): { child: ChildProcess; ended: Promise<{ token: string; waitedMs: number }> } => {
    const child = spawn(process.execPath, [program, directory, address], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    const ended = new Promise<{ token: string; waitedMs: number }>((resolve, reject) => {
      child.stdout!.on('data', chunk => void (output += chunk))
      child.on('close', () => {
        const line = output.split('\n').find(text => text.startsWith('{'))
        if (line === undefined) reject(new Error(`no token: ${output}`))
        else resolve(JSON.parse(line))
      })
    })
    ended.catch(() => undefined)
    return { child, ended }
  }

  it('twelve that start cold share one token request', async () => {
    const server = await startRecordingServer((_, number) => ({
      body: { value: `t${number}`, type: 'Bearer', expiresInMs: 600_000 },
    }))
    try {
      const tokens = await Promise.all(Array.from({ length: 12 }, () => start(server.url).ended))
      expect(new Set(tokens.map(each => each.token))).toEqual(new Set(['t1']))
      expect(server.requests).toHaveLength(1)
      console.log(`12 cold processes: ${server.requests.length} token request`)
    } finally {
      await server.close()
    }
  })

  it('one that is killed while it asks delays the next by less than 2 s', async () => {
    let isAsking = (): void => {}
    const asking = new Promise<void>(resolve => void (isAsking = resolve))
    const server = await startRecordingServer((_, number) => {
      isAsking()
      return number === 1 ? 'hang' : { body: { value: `t${number}`, type: 'Bearer', expiresInMs: 600_000 } }
    })
    try {
      const owner = start(server.url)
      await asking
      const waiting = start(server.url)
      owner.child.kill('SIGKILL')
      const { token: got, waitedMs } = await waiting.ended
      expect(got).toBe('t2')
      expect(waitedMs).toBeLessThan(2000)
      console.log(`after SIGKILL of the owner the next waited ${Math.round(waitedMs)} ms`)
    } finally {
      await server.close()
    }
  })

  it('one that was on another machine and is gone delays the next by less than 2 s', async () => {
    mkdirSync(directory, { mode: 0o700 })
    writeFileSync(`${file()}.lock`, JSON.stringify({ pid: 1, host: 'another.example', nonce: 'n' }))
    const before = performance.now()
    expect(await share()).toMatchObject({ value: 'fetched', fetches: 1 })
    expect(performance.now() - before).toBeLessThan(2000)
    expect(readdirSync(directory)).toEqual([`${KEY}.json`])
  })
})
