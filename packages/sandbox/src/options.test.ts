import { CommanderError } from 'commander'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { parseCommandLine } from './options.js'

afterEach(() => vi.restoreAllMocks())

describe('parseCommandLine', () => {
  it('has the defaults of the documentation', () => {
    expect(parseCommandLine([], '1.2.3')).toEqual({ port: 8787, host: '127.0.0.1', quiet: false })
  })

  it('reads every flag', () => {
    const argv =
      '--port 0 --host ::1 --authority a:1 --authority b:2 --database-url postgres://u@h/d --data-dir D --ready-file R --audit-file A --quiet --chaos 429=0.02,503=0.02,lost=0.03,latency=50ms,seed=7'
    expect(parseCommandLine(argv.split(' '), '1.2.3')).toEqual({
      port: 0,
      host: '::1',
      authorities: ['a:1', 'b:2'],
      databaseUrl: 'postgres://u@h/d',
      dataDir: 'D',
      readyFile: 'R',
      auditFile: 'A',
      quiet: true,
      chaos: {
        tooManyRequests: 0.02,
        unavailable: 0.02,
        lost: 0.03,
        undecidedItems: 0,
        latencyMs: 50,
        seed: 7,
      },
    })
  })

  it.each([
    [['--prot', '1'], 1, 'Did you mean --port?'],
    [['--port', '70000'], 1, 'from 0 to 65535'],
    [['--port', '-1'], 1, 'from 0 to 65535'],
    [['--chaos', '429=2'], 1, '429 takes a rate from 0 to 1'],
    [['--chaos', 'lots=1'], 1, 'Known are 429'],
    [['--database-url', 'mysql://u:hunter2@h/d'], 1, 'must look like postgres://'],
    [['extra'], 1, 'too many arguments'],
    [['--help'], 0, 'Examples:'],
    [['--version'], 0, '1.2.3'],
  ])('refuses or answers %j', (argv, exitCode, text) => {
    let output = ''
    const take = (chunk: unknown): boolean => {
      output += String(chunk)
      return true
    }
    vi.spyOn(process.stdout, 'write').mockImplementation(take)
    vi.spyOn(process.stderr, 'write').mockImplementation(take)
    const error = catchError(() => parseCommandLine(argv, '1.2.3'))
    expect(error).toBeInstanceOf(CommanderError)
    expect((error as CommanderError).exitCode).toBe(exitCode)
    expect(output).toContain(text)
    expect(output).not.toContain('hunter2')
  })
})

function catchError(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}
