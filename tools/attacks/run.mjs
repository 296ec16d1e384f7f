// Why: "every attack is a test" is a claim that rots. This prints, for each attack, the tests that cover it, and fails
// when one has none. With a JSON report of vitest as argument it also fails when one of them did not pass.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GROUPS } from './rows.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const report = process.argv[2]
const tests = report === undefined ? listTests() : readReport(report)

let empty = 0
let failed = 0
for (const [group, rows] of Object.entries(GROUPS)) {
  console.log(`\n## ${group}\n\n| attack | tests | for example |\n| --- | --- | --- |`)
  for (const { attack, file, title } of rows) {
    const found = cover(file, title)
    if (found.length === 0) empty++
    failed += found.filter(test => test.status !== 'passed').length
    const example = found[0] === undefined ? '**none**' : `${found[0].name} (${found[0].file})`
    console.log(`| ${attack} | ${found.length} | ${example.replaceAll('|', '\\|')} |`)
  }
}
const rows = Object.values(GROUPS).flat()
const passed = report === undefined ? '' : `, ${failed} tests of them did not pass`
console.log(`\n${rows.length} attacks, ${empty} without a test${passed}`)
process.exitCode = empty + failed === 0 ? 0 : 1

/** A program that is no vitest file covers a row by being there: it is run by hand, as its row says. */
function cover(file, title) {
  if (file.endsWith('.mjs'))
    return existsSync(join(root, file)) ? [{ file, name: String(title).slice(1, -1), status: 'passed' }] : []
  return tests.filter(test => test.file.startsWith(file) && title.test(test.name))
}

/** Titles only, without running anything. */
function listTests() {
  const folder = mkdtempSync(join(tmpdir(), 'attacks-'))
  try {
    const out = join(folder, 'tests.json')
    const folders = [
      ...new Set(
        Object.values(GROUPS)
          .flat()
          .map(({ file }) => file),
      ),
    ].filter(file => !file.endsWith('.mjs'))
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const run = spawnSync(process.execPath, [vitest, 'list', `--json=${out}`, ...folders], {
      cwd: root,
      encoding: 'utf8',
    })
    if (run.status !== 0) throw new Error(`vitest list failed: ${run.stderr}`)
    return JSON.parse(readFileSync(out, 'utf8')).map(({ name, file }) => ({
      name,
      file: relative(root, file),
      status: 'passed',
    }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function readReport(file) {
  return JSON.parse(readFileSync(file, 'utf8')).testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status }) => ({
      name: [...ancestorTitles, title].join(' > '),
      file: relative(root, name),
      status,
    })),
  )
}
