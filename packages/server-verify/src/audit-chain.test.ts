import { spawnSync } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { AuditChain } from './audit-chain.js'
import { type AuditCheckpoint, createCheckpointSigner } from './audit-checkpoint.js'
import { readAuditLines } from './audit-lines.js'
import { type AuditVerificationOptions, verifyAuditChain } from './audit-verification.js'

const TIME = '2026-11-21T23:30:40.000Z'
const keys = generateKeyPairSync('ed25519')
const signer = createCheckpointSigner({ privateKey: keys.privateKey })
const folder = mkdtempSync(join(tmpdir(), 'audit-chain-'))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (chain: AuditChain, from: number, to: number): string[] => {
  const lines: string[] = []
  for (let i = from; i <= to; i++)
    lines.push(chain.link({ time: TIME, requestId: `r-${i}`, path: '/é"\\\n' }))
  return lines
}

const checkpoint = (chain: AuditChain, final = false): { line: string; kept: AuditCheckpoint } => {
  const kept = signer.sign(chain.head, TIME, final)
  return { kept, line: chain.link({ time: TIME, kind: 'audit_checkpoint', checkpoint: kept }) }
}

/** Kind, line and number of everything that is wrong. */
const find = async (lines: Iterable<string>, options?: AuditVerificationOptions): Promise<unknown[]> =>
  (await verifyAuditChain(lines, options)).problems.map(({ kind, line, seq }) => [kind, line, seq])

/** As somebody would who can write the file and knows how it is made. */
const rehash = (line: string): string => {
  const open = line.slice(0, line.lastIndexOf(',"hash":"'))
  return `${open},"hash":"${createHash('sha256').update(`${open}}`).digest('hex')}"}`
}

describe('verifyAuditChain', () => {
  const lines = write(new AuditChain(), 1, 8)

  it('finds nothing wrong with what was written', async () => {
    expect(await verifyAuditChain(lines)).toMatchObject({
      ok: true,
      lines: 8,
      records: 8,
      problems: [],
      chains: [{ first: 1, last: 8, records: 8, signedUpTo: 0, closed: false }],
    })
  })

  it('an edited record, wherever the byte lies', async () => {
    const [before, after] = [lines.slice(0, 3), lines.slice(4)]
    const line = lines[3]!
    expect(await find([...before, line.replace('r-4', 'r-5'), ...after])).toEqual([['edited', 4, 4]])
    // Byte by byte: something is always found, and nothing else than line 4 is blamed.
    for (let i = 0; i < line.length; i++) {
      const edited = `${line.slice(0, i)}${line[i] === '0' ? '1' : '0'}${line.slice(i + 1)}`
      const problems = (await verifyAuditChain([...before, edited, ...after])).problems
      expect(problems.map(problem => problem.line)).toEqual([4])
      expect(problems[0]!.kind).toMatch(/^(?:edited|not_a_record)$/)
    }
  })

  it('an edited record whose hash was computed anew', async () => {
    const edited = rehash(lines[3]!.replace('r-4', 'r-5'))
    expect(await find(lines.with(3, edited))).toEqual([['edited', 4, 4]])
  })

  it('a dropped record, at the start too', async () => {
    expect(await find(lines.toSpliced(3, 1))).toEqual([['dropped', 4, 4]])
    expect(await find(lines.toSpliced(3, 3))).toEqual([['dropped', 4, 4]])
    expect(await find(lines.slice(1))).toEqual([['dropped', 1, 1]])
    expect(await find(lines.slice(1), { partial: true })).toEqual([])
  })

  it('swapped records', async () => {
    const swapped = [...lines]
    ;[swapped[3], swapped[4]] = [swapped[4]!, swapped[3]!]
    expect(await find(swapped)).toEqual([['reordered', 5, 4]])
    ;[swapped[3], swapped[4]] = [swapped[4]!, swapped[3]!]
    ;[swapped[0], swapped[1]] = [swapped[1]!, swapped[0]!]
    expect(await find(swapped)).toEqual([['reordered', 2, 1]])
    expect(await find([lines[0]!, lines[2]!, lines[3]!, lines[1]!, ...lines.slice(4)])).toEqual([
      ['reordered', 4, 2],
    ])
  })

  it('a copy of a record, near and far', async () => {
    expect(await find(lines.toSpliced(4, 0, lines[3]!))).toEqual([['duplicated', 5, 4]])
    expect(await find([...lines, lines[1]!])).toEqual([['duplicated', 9, 2]])
  })

  it('an inserted record, whichever of the two comes first', async () => {
    const forged = rehash(lines[3]!.replace('r-4', 'forged'))
    expect(await find(lines.toSpliced(4, 0, forged))).toEqual([['inserted', 5, 4]])
    expect(await find(lines.toSpliced(3, 0, forged))).toEqual([['inserted', 4, 4]])
    expect(await find([...lines, forged])).toEqual([['inserted', 9, 4]])
    expect(await find(lines.toSpliced(2, 0, '{"partner":"acme"}', ''))).toEqual([
      ['not_a_record', 3, undefined],
      ['not_a_record', 4, undefined],
    ])
  })

  it('a character that only shares its low byte with the one that was written', async () => {
    const wide = lines[3]!.replace('r-4', `r-${String.fromCharCode(0x100 + 0x34)}`)
    expect(await find(lines.with(3, wide))).toEqual([['not_a_record', 4, undefined]])
  })

  it('a cut tail, with a checkpoint that was kept elsewhere, and not without', async () => {
    const chain = new AuditChain()
    const early = write(chain, 1, 3)
    const { line, kept } = checkpoint(chain)
    const log = [...early, line]
    const key = { publicKey: keys.publicKey }
    expect(await find(log, { checkpoints: [kept], key })).toEqual([])
    expect(await find(log.slice(0, 2))).toEqual([])
    expect(await find(log.slice(0, 2), { checkpoints: [kept], key })).toEqual([
      ['cut', undefined, 3],
      ['unsigned', undefined, 1],
    ])
    expect(await find([], { checkpoints: [kept], key })).toEqual([['cut', undefined, 1]])
    expect(await find([], { checkpoints: [kept], key, partial: true })).toEqual([])
  })

  it('a log that was written anew does not fit the checkpoints, and has none that is signed', async () => {
    const chain = new AuditChain()
    const log = write(chain, 1, 3)
    const { line, kept } = checkpoint(chain)
    log.push(line)
    let prev = '0'.repeat(64)
    const rewritten = log.map((old, i) => {
      const next = rehash(old.replace(/"prev":"[0-9a-f]+"/, `"prev":"${prev}"`).replace('r-2', 'r-9'))
      if (i === 3) return next
      prev = next.slice(-66, -2)
      return next
    })
    const key = { publicKey: keys.publicKey }
    expect(await find(rewritten.slice(0, 3))).toEqual([])
    expect(await find(rewritten.slice(0, 3), { key })).toEqual([['unsigned', undefined, 1]])
    expect(await find(rewritten.slice(0, 3), { checkpoints: [kept] })).toEqual([['rewritten', 3, 3]])
    expect(await find(rewritten, { key })).toEqual([
      ['checkpoint_invalid', 4, 4],
      ['unsigned', undefined, 1],
    ])
    const stranger = { publicKey: generateKeyPairSync('ed25519').publicKey }
    expect(await find(log, { checkpoints: [kept], key: stranger })).toEqual([
      ['checkpoint_invalid', undefined, 3],
      ['checkpoint_invalid', 4, 4],
      ['unsigned', undefined, 1],
    ])
    expect(await find(log, { checkpoints: ['x', { ...kept, seq: 2 }], key })).toEqual([
      ['checkpoint_invalid', undefined, undefined],
      ['checkpoint_invalid', undefined, 2],
    ])
  })

  it('nothing comes after the end of a closed chain', async () => {
    const chain = new AuditChain()
    const log = [...write(chain, 1, 2), checkpoint(chain, true).line]
    expect(await verifyAuditChain(log, { key: { publicKey: keys.publicKey } })).toMatchObject({
      ok: true,
      chains: [{ closed: true, signedUpTo: 2, last: 3 }],
    })
    expect(await find([...log, ...write(chain, 3, 3)])).toEqual([['inserted', 4, 4]])
  })

  it('HMAC checkpoints; a key of the wrong kind fits nothing', async () => {
    const secret = 'an operator secret of enough bytes'
    const chain = new AuditChain()
    write(chain, 1, 1)
    const kept = createCheckpointSigner({ secret }).sign(chain.head, TIME, false)
    expect(JSON.stringify(kept)).not.toContain(secret)
    expect(await find([], { checkpoints: [kept], key: { secret }, partial: true })).toEqual([])
    for (const key of [{ secret: `${secret}!` }, { publicKey: keys.publicKey }])
      expect(await find([], { checkpoints: [kept], key })).toEqual([['checkpoint_invalid', undefined, 1]])
    expect(() => createCheckpointSigner({ secret: 'short' })).toThrow(TypeError)
    expect(() => createCheckpointSigner({ privateKey: 'no key' })).toThrow(TypeError)
    expect(() =>
      createCheckpointSigner({ privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }),
    ).toThrow(/Ed25519/)
  })

  it('several chains in one file, interleaved', async () => {
    const logs = [1, 2, 3].map(() => write(new AuditChain(), 1, 40))
    const mixed = logs[0]!.flatMap((_, i) => logs.map(log => log[i]!))
    expect(await verifyAuditChain(mixed)).toMatchObject({ ok: true, records: 120, problems: [] })
    expect(await find(mixed.toSpliced(60, 1))).toEqual([['dropped', 63, 21]])
  })

  it('problems are counted when there is no room for them; memory stays flat over many records', async () => {
    const none = await verifyAuditChain(Array(5000).fill('x'), { maxProblems: 3 })
    expect([none.problems.length, none.problemCount]).toEqual([3, 5000])
    const chain = new AuditChain()
    function* many(): Generator<string> {
      for (let i = 0; i < 60_000; i++)
        if (i % 3 !== 1) yield chain.link({ i })
        else chain.link({ i })
    }
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    const result = await verifyAuditChain(many(), { maxProblems: 10 })
    expect(result.problemCount).toBe(20_000)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(40_000_000)
  })
})

describe('the definition of the hash', () => {
  // Another program, written from the README's text alone.
  const PROGRAM = fileURLToPath(new URL('../../../examples/audit/verify_audit.py', import.meta.url))
  const python = spawnSync('python3', ['--version']).status === 0
  if (!python && process.env['CI'] !== undefined) throw new Error('python3 is needed in CI.')
  if (!python) console.log('skipped: python3 is not installed, so the chain is not read by another program')

  it.runIf(python)('Python reads the same chain', async () => {
    const a = new AuditChain()
    const b = new AuditChain()
    const lines = [...write(a, 1, 3), ...write(b, 1, 2), checkpoint(a).line, ...write(a, 4, 5)]
    lines.push(a.link({ latencyMs: 1e-7, big: 1e21, text: '\u2028\ud83d\ude00\u0000' }))
    const [log, kept] = [join(folder, 'log'), join(folder, 'kept')]
    const read = (input: readonly string[], checkpoints: readonly AuditCheckpoint[] = []): string[] => {
      writeFileSync(log, input.map(line => `${line}\n`).join(''))
      writeFileSync(kept, checkpoints.map(each => `${JSON.stringify(each)}\n`).join(''))
      const run = spawnSync('python3', [PROGRAM, log, kept], { encoding: 'utf8' })
      expect(run.stderr).toBe('')
      return run.stdout.trim().split('\n')
    }
    const end = signer.sign(a.head, TIME, false)
    expect(read(lines, [end])).toEqual(['nothing is wrong'])
    const edited = lines.with(4, lines[4]!.replace('r-2', 'r-3'))
    expect(read(edited)).toEqual(['line 5: record 2 was edited'])
    // Its hash computed anew: the record behind it tells. Here in the first chain.
    const renewed = lines.with(1, rehash(lines[1]!.replace('r-2', 'r-3')))
    expect(read(renewed)).toEqual(['line 3: record 3 does not follow the record before it'])
    expect(read(lines.toSpliced(1, 1))).toEqual(['line 2: record 3 stands after record 1'])
    expect(read(lines.slice(0, -1), [end])).toEqual([
      `the end of chain ${a.id} is missing: a checkpoint vouches for record ${a.head.seq}`,
    ])
    expect((await verifyAuditChain(lines)).ok).toBe(true)
    expect((await verifyAuditChain(edited)).problems).toMatchObject([{ kind: 'edited', line: 5 }])
  })
})

describe('readAuditLines', () => {
  it('reads several files, bytes as characters, and a torn end', async () => {
    const [first, second] = [join(folder, 'a'), join(folder, 'b')]
    writeFileSync(first, Buffer.from('one\ntw\xff\r\n', 'latin1'))
    writeFileSync(second, 'three\n\nfou')
    const lines: string[] = []
    for await (const line of readAuditLines(first, second)) lines.push(line)
    expect(lines).toEqual(['one', 'tw\xff\r', 'three', '', 'fou'])
  })
})
