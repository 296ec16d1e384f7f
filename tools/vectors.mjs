// Why: "the tests are green" does not say how many vectors each program really ran. This runs every vector runner and
// the signers in other languages, and prints per kind and consumer how many vectors passed and failed. A kind that a
// package must run and did not is a failure; so is, under CI, a language that is not installed.
//
//   npm run vectors
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { runSignerVectors } from './signer-vectors.mjs'

const root = join(import.meta.dirname, '..')
const SIGNING_KIND = 'hmac-signing'
const REQUIRED = {
  protocol: [
    ...[
      'api-keys',
      'authorizations',
      'headers',
      'hmac-signing',
      'hmac-signing-invalid',
      'http-message-signatures',
      'targets',
      'timestamps',
    ],
    'webhooks',
  ],
  sdk: ['event-ids', 'hmac-signing', 'hmac-signing-invalid', 'http-message-signatures'],
  'server-verify': [
    ...['credential-stores', 'hmac-signing', 'hmac-verification', 'http-signature-verification', 'webhooks'],
  ],
}
const manifest = JSON.parse(readFileSync(join(root, 'test-vectors/manifest.json'), 'utf8'))
const rows = []
const failures = []

const [report, signers] = await Promise.all([
  runVitest(),
  runSignerVectors(manifest.files.find(({ kind }) => kind === SIGNING_KIND).vectors),
])
countTests(report)
countSigners(signers)
requireAll()

rows.sort((a, b) => (a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1))
console.log(['kind', 'consumer', 'passed', 'failed', ''].map(column).join('').trimEnd())
for (const row of rows) console.log(row.map(column).join('').trimEnd())
for (const failure of failures) console.error(failure)
if (failures.length > 0) process.exitCode = 1

async function runVitest() {
  const directory = mkdtempSync(join(tmpdir(), 'vectors-'))
  const outputFile = join(directory, 'report.json')
  const files = Object.keys(REQUIRED).map(consumer => `packages/${consumer}/test/vectors.test.ts`)
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  try {
    await new Promise(resolve => {
      spawn(process.execPath, [vitest, 'run', '--reporter=json', `--outputFile=${outputFile}`, ...files], {
        cwd: root,
        stdio: ['ignore', 'ignore', 'inherit'],
      }).on('close', resolve)
    })
    return JSON.parse(readFileSync(outputFile, 'utf8'))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function countTests({ testResults }) {
  /** @type {Map<string, { passed: number, failed: number }>} */
  const counts = new Map()
  for (const file of testResults) {
    const consumer = relative(root, file.name).split(/[\\/]/)[1]
    if (file.assertionResults.length === 0) failures.push(`${consumer}: ${file.message}`)
    for (const test of file.assertionResults) {
      const key = `${test.ancestorTitles[0]}|${consumer}`
      const count = counts.get(key) ?? { passed: 0, failed: 0 }
      counts.set(key, count)
      if (test.status === 'passed') count.passed++
      else {
        count.failed++
        const why = test.failureMessages[0]?.split('\n')[0] ?? test.status
        failures.push(`${consumer}: ${test.fullName}: ${why}`)
      }
    }
  }
  for (const [key, { passed, failed }] of counts) {
    const [kind, consumer] = key.split('|')
    const total = manifest.files.find(file => file.kind === kind)?.vectors ?? 0
    // What concerns a consumer is its runner's to say, and stands there.
    const remark = passed + failed < total ? `those of ${total} that concern it` : ''
    rows.push([kind, consumer, String(passed), String(failed), remark])
  }
}

function countSigners(results) {
  for (const { language, passed, failed, notRun, missing, problem } of results) {
    const remark =
      missing === undefined
        ? notRun > 0
          ? `${notRun} that it cannot make`
          : ''
        : `not installed: ${missing}`
    const count = missing === undefined ? [String(passed), String(failed)] : ['-', '-']
    rows.push([SIGNING_KIND, language, ...count, remark])
    if (problem !== undefined) failures.push(`${language}: ${problem}`)
    if (missing !== undefined && process.env.CI) failures.push(`${language}: not installed: ${missing}`)
  }
}

function requireAll() {
  const ran = new Set(rows.map(([kind, consumer]) => `${kind}|${consumer}`))
  for (const [consumer, kinds] of Object.entries(REQUIRED))
    for (const kind of kinds)
      if (!ran.has(`${kind}|${consumer}`)) failures.push(`${consumer} ran no vector of ${kind}.`)
  const required = new Set(Object.values(REQUIRED).flat())
  for (const { kind } of manifest.files) if (!required.has(kind)) failures.push(`Nobody has to run ${kind}.`)
}

function column(text, index) {
  return text.padEnd([29, 18, 8, 8, 0][index])
}
