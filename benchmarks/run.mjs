// @ts-check
// Why: one program, one process, one answer to "is it still fast?". `npm run bench` builds and runs every suite;
// `npm run bench -- sign verify` runs some; `--json` prints one object for a machine; `--strict` exits 1 on a missed goal.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { formatReport } from './table.mjs'

/** @type {Record<string, () => Promise<{ run: () => Promise<import('./table.mjs').Report> }>>} */
const SUITES = {
  sign: () => import('./suites/sign.mjs'),
  verify: () => import('./suites/verify.mjs'),
  'replay-guard': () => import('./suites/replay-guard.mjs'),
  startup: () => import('./suites/startup.mjs'),
  'redis-replay-guard': () => import('./suites/redis-replay-guard.mjs'),
}

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false }, strict: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const unknown = positionals.filter(name => !Object.hasOwn(SUITES, name))
if (unknown.length > 0) {
  console.error(`No suite ${unknown.join(', ')}. There are: ${Object.keys(SUITES).join(', ')}.`)
  process.exit(2)
}

const machine = `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, ${cpus().length} × ${cpus()[0]?.model}`
if (!values.json) console.log(`${machine}\n`)
const reports = []
for (const name of positionals.length > 0 ? positionals : Object.keys(SUITES)) {
  const suite = await SUITES[name]()
  const report = await suite.run()
  reports.push(report)
  if (!values.json) console.log(formatReport(report))
}
if (values.json) console.log(JSON.stringify({ schema: 'countersign.bench/1', machine, reports }))
if (values.strict && reports.some(report => report.goals.some(goal => !goal.met))) process.exitCode = 1
