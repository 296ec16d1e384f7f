// Why: the vectors are one truth only if signers that nobody of us links against agree with them. This runs
// `check-vectors` of each of examples/signers on the signing vectors and says what each one counted.
// tools/check-signers.mjs asks more of them (that they notice a wrong value, that they push); this is the fast part.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'examples', 'signers')
const vectorsFile = join(root, 'test-vectors', 'flat', 'hmac-signing.txt')
const TIMEOUT_MS = 120_000

/**
 * @param {number} vectorCount how many vectors a signer has to report
 * @returns {Promise<{ language: string, passed: number, failed: number, notRun: number, missing?: string, problem?: string }[]>}
 *   `missing` names programs that are not installed; `notRun` counts vectors that a signer cannot make and named
 */
export async function runSignerVectors(vectorCount) {
  const signers = JSON.parse(readFileSync(join(folder, 'signers.json'), 'utf8'))
  const temp = mkdtempSync(join(tmpdir(), 'signer-vectors-'))
  const results = []
  const work = async () => {
    for (let index = results.length; index < signers.length; index = results.length) {
      const at = results.push(undefined) - 1
      results[at] = await runSigner(signers[index], join(temp, String(index)), vectorCount)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work))
    return results
  } finally {
    rmSync(temp, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function runSigner(signer, own, vectorCount) {
  const counts = { language: signer.language, passed: 0, failed: 0, notRun: 0 }
  const missing = []
  for (const program of signer.needs)
    if ((await run('sh', ['-c', 'command -v "$0"', program])).code !== 0) missing.push(program)
  if (missing.length > 0) return { ...counts, missing: missing.join(', ') }

  await run('mkdir', ['-p', own])
  const fill = part => part.replace('{file}', join(folder, signer.file)).replace('{temp}', own)
  const environment = { ...process.env, GOCACHE: join(own, 'cache') }
  if (signer.build !== undefined) {
    const [program, ...args] = signer.build.map(fill)
    const built = await run(program, args, environment)
    if (built.code !== 0) return { ...counts, problem: `does not build: ${built.output}` }
  }
  const [program, ...args] = signer.run.map(fill)
  const { code, output } = await run(program, [...args, 'check-vectors', vectorsFile], environment)
  const [, passed, failed, notRun = '0'] =
    /(\d+) passed, (\d+) failed(?:, (\d+) not run)?\s*$/.exec(output) ?? []
  if (passed === undefined) return { ...counts, problem: `said nothing that can be counted: ${output}` }
  Object.assign(counts, { passed: Number(passed), failed: Number(failed), notRun: Number(notRun) })
  const total = counts.passed + counts.failed + counts.notRun
  if (total !== vectorCount) return { ...counts, problem: `counted ${total} of ${vectorCount} vectors` }
  if (counts.notRun > 0 && signer.comparesOnly === undefined)
    return { ...counts, problem: `left out ${notRun} vectors` }
  return code === 0 && counts.failed === 0 ? counts : { ...counts, problem: `exit code ${code}: ${output}` }
}

function run(program, args, env = process.env) {
  return new Promise(resolve => {
    execFile(program, args, { env, timeout: TIMEOUT_MS, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, output: (code === 0 ? stdout : `${stdout}${stderr}`).trim() })
    }).stdin.end()
  })
}
