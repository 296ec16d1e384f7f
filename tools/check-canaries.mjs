// Why: no secret may be shown, whatever fails. The secrets of the tests are canaries: this looks for them in everything
// that a test run wrote (files given as arguments), as the tests themselves look in what they can reach.
import { readFileSync } from 'node:fs'

const CANARY = /(?:cs-canary|csCanary|canary-secret-of)[\w-]*/g

const files = process.argv.slice(2)
if (files.length === 0) {
  console.error('Usage: node tools/check-canaries.mjs FILE…')
  process.exit(2)
}
let bytes = 0
let hits = 0
for (const file of files) {
  const text = readFileSync(file, 'utf8')
  bytes += text.length
  for (const [number, line] of text.split('\n').entries())
    for (const [canary] of line.matchAll(CANARY)) {
      hits++
      console.error(`${file}:${number + 1} shows ${canary.slice(0, 12)}…`)
    }
}
console.log(`canaries: ${hits === 0 ? 'none' : hits} in ${bytes} bytes of output`)
process.exitCode = hits === 0 && bytes > 0 ? 0 : 1
