import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A PostgreSQL server of the test's own. */
export interface TemporaryPostgres {
  readonly url: string
  /** May be called twice. */
  stop(): void
}

/** Where initdb is, newest version first; undefined with the reason printed when there is none. */
export function findPostgres(): string | undefined {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  const bin = versions
    .map(version => join(root, version, 'bin'))
    .find(folder => existsSync(join(folder, 'initdb')))
  const reason = bin === undefined ? `no initdb under ${root}/*/bin` : reasonAgainst()
  if (reason === undefined) return bin
  if (process.env['CI']) throw new Error(`PostgreSQL tests must run in CI: ${reason}.`)
  console.log(`skipped the tests on PostgreSQL: ${reason}`)
  return undefined
}

/** Starts a server on a free port of 127.0.0.1 with its data in a temporary folder. */
export async function startPostgres(bin: string): Promise<TemporaryPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pg-'))
  const data = join(folder, 'data')
  const owner = findOwner()
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  const run = (program: string, args: readonly string[]): void => {
    const { status, stderr, stdout } = spawnSync(join(bin, program), args, {
      cwd: folder,
      encoding: 'utf8',
      ...owner,
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    })
    if (status !== 0) throw new Error(`${program} failed: ${stderr}${stdout}`)
  }
  run('initdb', [
    '--pgdata',
    data,
    '--username',
    'countersign',
    '--auth',
    'trust',
    '--no-sync',
    '--encoding',
    'UTF8',
  ])
  const port = await findFreePort()
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c fsync=off -k ${folder}`
  run('pg_ctl', ['--pgdata', data, '--log', join(folder, 'log'), '--wait', '--options', options, 'start'])
  return {
    url: `postgres://countersign@127.0.0.1:${port}/postgres`,
    stop() {
      if (!existsSync(folder)) return
      run('pg_ctl', ['--pgdata', data, '--mode', 'immediate', '--wait', 'stop'])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function reasonAgainst(): string | undefined {
  return process.getuid?.() === 0 && findOwner() === undefined
    ? 'PostgreSQL does not run as root and there is no user "postgres" or "nobody"'
    : undefined
}

/** Whom to run as: PostgreSQL refuses root. */
function findOwner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map(flag => spawnSync('id', [flag, name], { encoding: 'utf8' }))
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  return undefined
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
