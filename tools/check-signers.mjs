// Why: a signer that partners paste must agree with the specification on every byte, and stay so. This runs each of
// examples/signers against all signing vectors, shows that it notices a wrong value of each step, lets it push to a
// real sandbox, watches that no secret stands on a command line, and compares the table in the README with all that.
//
//   node tools/check-signers.mjs [--write] [language …]      (after `npm run build`; --write renews the table)
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

import { checkMessageSigner } from './check-message-signer.mjs'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'examples', 'signers')
const readme = join(folder, 'README.md')
const vectorsFile = join(root, 'test-vectors', 'flat', 'hmac-signing.txt')
const sandboxBin = join(root, 'packages', 'sandbox', 'bin', 'partner-sandbox.js')
const STEPS =
  'canonicalUri canonicalQuery canonicalHeaders payloadHash canonicalRequest canonicalRequestSha256 stringToSign signingKey signature authorization'
const deadline = AbortSignal.timeout(175_000)

const write = process.argv.includes('--write')
const wanted = process.argv.slice(2).filter(argument => !argument.startsWith('--'))
const signers = JSON.parse(readFileSync(join(folder, 'signers.json'), 'utf8')).filter(
  ({ language }) => wanted.length === 0 || wanted.some(name => language.toLowerCase() === name.toLowerCase()),
)
const vectorCount = JSON.parse(
  readFileSync(join(root, 'test-vectors', 'hmac-signing.json'), 'utf8'),
).vectorCount
const temp = mkdtempSync(join(tmpdir(), 'signers-'))
let sandbox

try {
  await checkFlatFile()
  sandbox = await startSandbox()
  const outcomes = await inTurns(signers, checkSigner)
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const { result } of outcomes) counts[result]++
  if (wanted.length === 0) checkTable(outcomes, counts)
  if (wanted.length === 0 || wanted.includes('rfc9421')) counts[await checkRfc9421()]++
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`)
  process.exitCode = counts.failed > 0 || counts.passed + counts.skipped === 0 ? 1 : 0
} catch (error) {
  console.error(`check-signers stopped: ${error.message}`)
  process.exitCode = 1
} finally {
  await sandbox?.stop()
  rmSync(temp, { recursive: true, force: true, maxRetries: 5 })
}

async function checkSigner(signer) {
  const missing = signer.needs.filter(program => findProgram(program) === undefined)
  if (missing.length > 0) {
    const result = process.env.CI ? 'failed' : 'skipped'
    return say(signer, { result }, `${result}: not installed: ${missing.join(', ')}`)
  }
  try {
    const outcome = await measure(signer)
    const notRun = outcome.notRun > 0 ? `, ${outcome.notRun} that it cannot make` : ''
    return say(
      signer,
      { result: 'passed', ...outcome },
      `${outcome.passed} vectors${notRun}, 202 (${outcome.versions})`,
    )
  } catch (error) {
    return say(signer, { result: 'failed' }, `failed: ${error.message}`)
  }
}

function say(signer, outcome, text) {
  console.log(`${signer.language.padEnd(16)}${text}`)
  return { signer, ...outcome }
}

async function checkRfc9421() {
  const missing = ['bash', 'openssl', 'curl'].find(program => findProgram(program) === undefined)
  const outcome = { result: missing === undefined ? 'passed' : process.env.CI ? 'failed' : 'skipped' }
  const signer = { language: 'RFC 9421' }
  if (missing !== undefined)
    return say(signer, outcome, `${outcome.result}: not installed: ${missing}`).result
  try {
    const { ready } = sandbox
    return say(
      signer,
      outcome,
      await checkMessageSigner({ temp, ready, watchPrograms: writeWatchedPrograms }),
    ).result
  } catch (error) {
    return say(signer, { result: 'failed' }, `failed: ${error.message}`).result
  }
}

async function measure(signer) {
  const own = join(temp, signer.file.replaceAll('/', '-'))
  mkdirSync(own)
  const fill = part => part.replace('{file}', join(folder, signer.file)).replace('{temp}', own)
  const environment = { ...process.env, GOCACHE: join(own, 'cache') }
  if (signer.build !== undefined) {
    const built = await run(signer.build.map(fill), { environment })
    expect(built.code === 0, `does not build: ${built.output}`)
  }
  const [program, ...first] = signer.run.map(fill)
  const call = (args, more = {}) =>
    run([program, ...first, ...args], { environment: { ...environment, ...more } })

  const vectors = await call(['check-vectors', vectorsFile])
  const [, passed, failed, , notRun = '0'] =
    /(\d+) passed, (\d+) failed(, (\d+) not run)?\s*$/.exec(vectors.output) ?? []
  expect(vectors.code === 0 && failed === '0', `check-vectors: ${vectors.output}`)
  expect(
    Number(passed) + Number(notRun) === vectorCount,
    `ran ${passed} + ${notRun} of ${vectorCount} vectors`,
  )
  expect(notRun === '0' || signer.comparesOnly !== undefined, `left out ${notRun} vectors`)

  const broken = await call(['check-vectors', writeBrokenVectors(own)])
  const unnoticed = (signer.comparesOnly ?? STEPS)
    .split(' ')
    .filter(
      step => !broken.output.includes(`broken-${step}: wrong ${signer.comparesOnly ? '' : `${step}\n`}`),
    )
  expect(
    broken.code === 1 && unnoticed.length === 0,
    `does not notice a wrong ${unnoticed.join(', ')}: ${broken.output}`,
  )

  const { url, environment: name, api, hmac } = sandbox.ready
  const log = join(own, 'command-lines')
  const partner = {
    PARTNER_KEY_ID: hmac.keyId,
    PARTNER_SECRET: hmac.secret,
    PARTNER_ENVIRONMENT: name,
    PARTNER_API: api,
    PATH: writeWatchedPrograms(own, signer.needs, log),
  }
  const orderId = `SIGNER-${signer.file.replace(/\W.*/, '')}`
  const accepted = await call(['push', url, orderId, 'shipped'], partner)
  expect(
    accepted.code === 0 && accepted.output.startsWith('202 ') && accepted.output.includes(`"${orderId}"`),
    `push: exit code ${accepted.code}, ${accepted.output}`,
  )
  const refused = await call(['push', url, orderId, 'no_such_status'], partner)
  expect(
    refused.code === 1 && refused.output.startsWith('422 '),
    `push of a wrong status: exit code ${refused.code}, ${refused.output}`,
  )
  const lines = existsSync(log) ? readFileSync(log, 'latin1') : ''
  const shown = [hmac.secret, Buffer.from(hmac.secret).toString('hex')].some(text => lines.includes(text))
  expect(!shown, 'the secret stands on the command line of a program that it starts')
  return { passed: Number(passed), notRun: Number(notRun), versions: await versionsOf(signer) }
}

function expect(holds, problem) {
  if (!holds) throw new Error(problem.trim())
}

/** One good vector, once for each step, with that step's expected value changed. */
function writeBrokenVectors(own) {
  const vector = /^id post-full\n[\s\S]*?\n\n/m.exec(readFileSync(vectorsFile, 'latin1'))?.[0]
  expect(vector !== undefined, 'the vector post-full is gone')
  const copies = STEPS.split(' ').map(step =>
    vector
      .replace(/^id .*/, `id broken-${step}`)
      .replace(new RegExp(`^${step}( .*)?$`, 'm'), (_, value = ' ') => `${step}${value}x`),
  )
  const file = join(own, 'broken.txt')
  writeFileSync(file, copies.join(''))
  return file
}

/** Puts programs of the same name before the real ones that note how they were called. @returns {string} a PATH */
function writeWatchedPrograms(own, programs, log) {
  const watched = join(own, 'watched')
  mkdirSync(watched)
  for (const program of programs) {
    const file = join(watched, program)
    const script = `#!/bin/sh\nprintf '%s\\n' "$@" >>'${log}'\nexec '${findProgram(program)}' "$@"\n`
    writeFileSync(file, script)
    chmodSync(file, 0o755)
  }
  return `${watched}${delimiter}${process.env.PATH}`
}

async function versionsOf({ versions }) {
  const texts = []
  for (const { name, command, input } of versions) {
    const { output } = await run(command, { environment: process.env, input })
    texts.push(`${name} ${/\d+(\.\d+)?/.exec(output)?.[0]}`)
  }
  return texts.join(', ')
}

function run([program, ...args], { environment, input = '' }) {
  return new Promise(resolve => {
    const options = { env: environment, signal: deadline, timeout: 150_000, maxBuffer: 1 << 22 }
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      const ended = code === -1 ? `${error.message.split('\n')[0]} (${error.signal ?? error.code})\n` : ''
      resolve({ code, output: code === 0 ? stdout || stderr : `${ended}${stdout}${stderr}` })
    })
    child.stdin.on('error', () => {}).end(input) // a program may end without reading
  })
}

async function inTurns(items, work) {
  const results = []
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      results[index] = await work(items[index])
    }
  }
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker))
  return results
}

function checkTable(outcomes, counts) {
  const text = readFileSync(readme, 'utf8')
  const [before, table, after] = text.split(/(?<=<!-- measured -->\n)([\s\S]*?)(?=<!-- \/measured -->)/)
  const old = new Map(table.split('\n').map(line => [line.split(' | ')[0], line]))
  const rows = outcomes.map(outcome => {
    const key = `| [${outcome.signer.language}](${outcome.signer.file})`
    return outcome.result === 'passed' ? formatRow(key, outcome) : old.get(key)
  })
  const head = ['| language | lines | vectors passed | tried with |', '| --- | --- | --- | --- |']
  const fresh = `${[...head, ...rows.filter(row => row !== undefined)].join('\n')}\n`
  if (fresh === table) return
  if (write) {
    writeFileSync(readme, `${before}${fresh}${after}`)
    console.log('The table in examples/signers/README.md is renewed')
    return
  }
  const differing = fresh.split('\n').filter(line => !table.includes(line))
  // Other versions are nobody's fault on a developer's machine; in CI the table must be what CI measures.
  const isFault = process.env.CI || differing.some(line => !sameButVersion(line, old))
  console.log(`The table in examples/signers/README.md differs (--write renews it):\n${differing.join('\n')}`)
  if (isFault) counts.failed++
}

function formatRow(key, { signer, passed, notRun, versions }) {
  const lines = readFileSync(join(folder, signer.file), 'utf8').split('\n').length - 1
  const vectors = notRun > 0 ? `${passed} of ${passed + notRun}` : `${passed}`
  return `${key} | ${lines} | ${vectors} | ${versions} |`
}

function sameButVersion(line, old) {
  const cells = line.split(' | ')
  const oldCells = old.get(cells[0])?.split(' | ') ?? []
  const isCurl = cells[2]?.includes(' of ') // what curl can make depends on its version too
  return cells[1] === oldCells[1] && (isCurl || cells[2] === oldCells[2])
}

async function checkFlatFile() {
  if (findProgram('python3') === undefined && !process.env.CI) return
  const flatten = join(root, 'test-vectors', 'oracles', 'flatten.py')
  const { code, output } = await run(['python3', flatten, '--check'], { environment: process.env })
  expect(code === 0, `flatten.py --check ended with exit code ${code}: ${output}`)
}

async function startSandbox() {
  const readyFile = join(temp, 'ready.json')
  const args = [sandboxBin, '--port', '0', '--ready-file', readyFile, '--quiet']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], signal: deadline })
  const ended = once(child, 'exit')
  const ready = await Promise.race([
    whenWritten(readyFile),
    ended.then(([code]) =>
      Promise.reject(new Error(`The sandbox ended with exit code ${code}: npm run build?`)),
    ),
  ])
  const stop = async () => {
    child.kill('SIGTERM')
    await ended.catch(() => {})
  }
  ended.catch(() => {})
  return { ready, stop }
}

function whenWritten(file) {
  return new Promise(resolve => {
    const look = () => {
      if (!existsSync(file)) return
      watcher.close()
      resolve(JSON.parse(readFileSync(file, 'utf8')))
    }
    const watcher = watch(temp, look)
    look()
  })
}

function findProgram(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map(part => join(part, name))
    .find(file => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
