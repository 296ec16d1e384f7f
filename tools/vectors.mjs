// Why: "the tests are green" does not say how many vectors each package really ran. This runs every vector runner and
// prints, per kind and consumer, how many passed and failed; a kind that a consumer must run and did not is a failure.
//
//   npm run vectors
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
const REQUIRED = {
  protocol: ['authorizations', 'headers', 'hmac-signing', 'hmac-signing-invalid', 'targets', 'timestamps'],
  sdk: ['hmac-signing', 'hmac-signing-invalid'],
  'server-verify': ['hmac-signing', 'hmac-verification'],
}
const directory = mkdtempSync(join(tmpdir(), 'vectors-'))
const outputFile = join(directory, 'report.json')
const files = Object.keys(REQUIRED).map(consumer => `packages/${consumer}/test/vectors.test.ts`)
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
await new Promise(resolve => {
  spawn(process.execPath, [vitest, 'run', '--reporter=json', `--outputFile=${outputFile}`, ...files], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  }).on('close', resolve)
})
const report = JSON.parse(readFileSync(outputFile, 'utf8'))
rmSync(directory, { recursive: true })

/** @type {Map<string, { passed: number, failed: number }>} */
const counts = new Map()
const failures = []
for (const file of report.testResults) {
  const consumer = relative(root, file.name).split(/[\\/]/)[1]
  if (file.assertionResults.length === 0) failures.push(`${consumer}: ${file.message}`)
  for (const test of file.assertionResults) {
    const key = `${test.ancestorTitles[0]}|${consumer}`
    const count = counts.get(key) ?? { passed: 0, failed: 0 }
    counts.set(key, count)
    if (test.status === 'passed') count.passed++
    else {
      count.failed++
      failures.push(
        `${consumer}: ${test.fullName}: ${test.failureMessages[0]?.split('\n')[0] ?? test.status}`,
      )
    }
  }
}

console.log(['kind', 'consumer', 'passed', 'failed'].map(column).join(''))
for (const [key, { passed, failed }] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
  console.log([...key.split('|'), String(passed), String(failed)].map(column).join(''))
}
for (const [consumer, kinds] of Object.entries(REQUIRED)) {
  for (const kind of kinds)
    if (!counts.has(`${kind}|${consumer}`)) failures.push(`${consumer} ran no vector of ${kind}.`)
}
for (const failure of failures) console.error(failure)
if (failures.length > 0) process.exitCode = 1

function column(text, index) {
  return text.padEnd([24, 16, 8, 8][index])
}
