// Why: vectors that no broken program fails are decoration. This breaks each rule of the wire format on purpose, one line
// at a time (tools/breakages/table.mjs), in a temporary copy of the packages, runs the vector runners against the copy,
// and fails if no vector notices. The work tree is never touched. A survivor asks for a new vector.
//
//   npm run breakages [-- WORD …]        only breakages whose rule contains one of the words
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { context } from 'esbuild'
import { BREAKAGES } from './breakages/table.mjs'

const root = join(import.meta.dirname, '..')
const tools = join(import.meta.dirname, 'breakages')
const CONSUMERS = ['protocol', 'sdk', 'server-verify']
const RUN_TIMEOUT_MS = 60_000

const words = process.argv.slice(2).map(word => word.toLowerCase())
const breakages = BREAKAGES.filter(
  ({ rule }) => words.length === 0 || words.some(word => rule.toLowerCase().includes(word)),
)
const started = performance.now()
const temp = mkdtempSync(join(tmpdir(), 'breakages-'))
let problems = 0
try {
  symlinkSync(join(root, 'node_modules'), join(temp, 'node_modules'), 'junction')
  const results = await runAll()
  const seconds = Math.round((performance.now() - started) / 1000)
  const survivors = results.filter(({ failed }) => failed?.length === 0)
  for (const { rule, file } of survivors) console.error(`No vector notices: ${rule} (${file})`)
  for (const { rule, file, problem } of results)
    if (problem !== undefined) console.error(`${rule} (${file}): ${problem}`)
  problems += results.filter(({ failed }) => failed === undefined || failed.length === 0).length
  console.log(`${results.length - problems} of ${results.length} breakages noticed, ${seconds} s`)
} catch (error) {
  console.error(`breakages stopped: ${error.message}`)
  problems++
} finally {
  rmSync(temp, { recursive: true, force: true, maxRetries: 5 })
}
if (problems > 0 || breakages.length === 0) process.exitCode = 1

async function runAll() {
  const results = new Array(breakages.length)
  let next = 0
  const worker = async (_, number) => {
    const copy = await createCopy(`copy-${number}`)
    try {
      const sound = await copy.run()
      if (sound.failed.length > 0 || sound.ran === 0) {
        const first = sound.failed.map(
          ({ consumer, kind, id, why }) => `\n  ${consumer} ${kind} ${id}: ${why}`,
        )
        throw new Error(
          `without a breakage ${sound.failed.length} of ${sound.ran} vectors fail${first.slice(0, 10).join('')}`,
        )
      }
      if (number === 0) {
        console.log(`Without a breakage all ${sound.ran} vectors pass.\n`)
        console.log(formatRow('rule', 'failing', 'file', 'for example'))
      }
      while (next < breakages.length) {
        const index = next++
        const breakage = breakages[index]
        const result = await tryBreakage(copy, breakage)
        results[index] = { ...breakage, ...result }
        print(results[index])
      }
    } finally {
      await copy.dispose()
    }
  }
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker))
  return results
}

async function tryBreakage(copy, { file, find, replace }) {
  const path = join(copy.directory, 'packages', file)
  const text = readFileSync(path, 'utf8')
  const times = text.split(find).length - 1
  if (times !== 1) return { problem: `the text to replace stands there ${times} times` }
  writeFileSync(
    path,
    text.replace(find, () => replace),
  )
  try {
    const consumers = affectedBy(file)
    const total = copy.countVectors(consumers)
    const { ran, failed } = await copy.run(consumers)
    // A copy that does not even load fails nothing. A few less may be: the sdk's runner picks its vectors by label.
    return ran > 0.9 * total ? { failed } : { problem: `ran ${ran} of ${total} vectors` }
  } catch (error) {
    return { problem: error.message }
  } finally {
    writeFileSync(path, text)
  }
}

/** `protocol` is part of every consumer; the others stand alone. */
function affectedBy(file) {
  const [name] = file.split('/')
  return name === 'protocol' ? CONSUMERS : [name]
}

/** Sources and vector runners of the packages under a name of their own, bundled again for each run. */
async function createCopy(name) {
  const directory = join(temp, name)
  for (const consumer of CONSUMERS) {
    const from = join(root, 'packages', consumer)
    const to = join(directory, 'packages', consumer)
    mkdirSync(join(to, 'test'), { recursive: true })
    cpSync(join(from, 'src'), join(to, 'src'), { recursive: true })
    for (const file of ['package.json', 'test/vectors.test.ts']) cpSync(join(from, file), join(to, file))
  }
  symlinkSync(join(root, 'test-vectors'), join(directory, 'test-vectors'), 'junction')
  const bundler = await context({
    absWorkingDir: directory,
    entryPoints: CONSUMERS.map(consumer => `packages/${consumer}/test/vectors.test.ts`),
    outdir: directory,
    outbase: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    alias: {
      vitest: join(tools, 'vitest-shim.mjs'),
      '@countersign/protocol/http-message-signatures': join(
        directory,
        'packages/protocol/src/http-message-signatures/index.ts',
      ),
      '@countersign/protocol': join(directory, 'packages/protocol/src/index.ts'),
      '#sha256': join(directory, 'packages/protocol/src/sha256.node.ts'),
    },
    logLevel: 'silent',
  })
  const bundleOf = consumer => join(directory, 'packages', consumer, 'test/vectors.test.mjs')
  let counts = {}
  return {
    directory,
    dispose: () => bundler.dispose(),
    /** How many vectors these ran in the first run, over unbroken sources. */
    countVectors: consumers => consumers.reduce((sum, consumer) => sum + counts[consumer], 0),
    async run(consumers = CONSUMERS) {
      await bundler.rebuild()
      const outcome = await runBundles(consumers.map(name => `${name}=${pathToFileURL(bundleOf(name)).href}`))
      if (Object.keys(counts).length === 0) counts = outcome.counts
      return outcome
    },
  }
}

function runBundles(bundles) {
  return new Promise((resolve, reject) => {
    const args = [join(tools, 'run-bundles.mjs'), ...bundles]
    const options = { timeout: RUN_TIMEOUT_MS, maxBuffer: 1 << 26 }
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(JSON.parse(stdout))
      const ended = error.killed ? 'took too long' : 'did not run'
      reject(new Error(`the vector runners ${ended}: ${stderr.trim().split('\n').slice(0, 6).join(' ')}`))
    })
  })
}

function print({ rule, file, failed, problem }) {
  const [first] = failed ?? []
  const example = first === undefined ? (problem ?? 'NONE') : `${first.consumer} ${first.kind} ${first.id}`
  console.log(formatRow(rule, String(failed?.length ?? '-'), file.replace('/src/', ' '), example))
}

function formatRow(rule, failing, file, example) {
  return `${rule.padEnd(66)} ${failing.padStart(7)}  ${file.padEnd(46)} ${example}`
}
