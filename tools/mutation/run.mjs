// npm run mutation [-- SCOPE [GROUP]]: breaks the sources in small ways, one at a time, and counts the breakages that
// no test sees. Survivors are printed; the last lines are the table for CONTRIBUTING.md. Takes minutes a group.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { SCOPES } from './scopes.mjs'

const TARGET = 90
const root = join(import.meta.dirname, '../..')
const manifest = createRequire(import.meta.url).resolve('@stryker-mutator/core/package.json')
const stryker = join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.stryker)

const [onlyScope, onlyGroup] = process.argv.slice(2)
if (onlyScope !== undefined && !(onlyScope in SCOPES)) stop(`Scopes: ${Object.keys(SCOPES).join(', ')}`)
if (onlyGroup !== undefined && !(onlyGroup in SCOPES[onlyScope]))
  stop(`Groups of ${onlyScope}: ${Object.keys(SCOPES[onlyScope]).join(', ')}`)

const rows = []
for (const scope of onlyScope === undefined ? Object.keys(SCOPES) : [onlyScope]) {
  const counts = { Killed: 0, Timeout: 0, Survived: 0, NoCoverage: 0 }
  for (const group of onlyGroup === undefined ? Object.keys(SCOPES[scope]) : [onlyGroup]) {
    console.log(`=== ${scope} ${group}`)
    run(scope, group)
    for (const mutant of readMutants(scope, group)) if (mutant.status in counts) counts[mutant.status]++
  }
  rows.push(toRow(scope, counts))
}
console.log(
  '\n| scope | mutants | killed | survived | score | date |\n| --- | ---: | ---: | ---: | ---: | --- |',
)
for (const { line } of rows) console.log(line)
if (rows.some(({ score }) => score < TARGET)) process.exitCode = 1

function run(scope, group) {
  const env = { ...process.env, MUTATION_SCOPE: scope, MUTATION_GROUP: group }
  const args = [stryker, 'run', 'tools/mutation/stryker.config.mjs']
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) stop(`Stryker ended with ${status} in ${scope} ${group}.`)
}

function readMutants(scope, group) {
  const { files } = JSON.parse(readFileSync(join(root, `reports/mutation/${scope}-${group}.json`), 'utf8'))
  return Object.values(files).flatMap(file => file.mutants)
}

function toRow(scope, { Killed, Timeout, Survived, NoCoverage }) {
  const killed = Killed + Timeout
  const survived = Survived + NoCoverage
  const score = (100 * killed) / (killed + survived)
  const date = new Date().toISOString().slice(0, 10)
  const line = `| ${scope} | ${killed + survived} | ${killed} | ${survived} | ${score.toFixed(1)} % | ${date} |`
  return { line, score }
}

function stop(message) {
  console.error(message)
  process.exit(1)
}
