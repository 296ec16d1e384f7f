// Why: a run that executed no test must not look like a green one. Reads vitest's JSON report, prints one plain
// line with the counts, and fails when nothing ran or a test was skipped under CI.
import { readFileSync } from 'node:fs'

const report = JSON.parse(readFileSync(process.argv[2] ?? 'reports/vitest.json', 'utf8'))
const skipped = report.numPendingTests + report.numTodoTests
for (const file of report.testResults) {
  for (const test of file.assertionResults) {
    if (test.status !== 'passed') console.log(`${test.status}: ${test.fullName}`)
  }
}
console.log(`${report.numPassedTests} passed, ${report.numFailedTests} failed, ${skipped} skipped`)
if (report.numPassedTests === 0 || report.numFailedTests > 0 || (process.env.CI && skipped > 0))
  process.exitCode = 1
