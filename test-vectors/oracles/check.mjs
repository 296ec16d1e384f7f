// Why: the expected values in test-vectors/ must come from programs other than ours, now and after every edit by hand.
//   1. generate.py --check makes every file again from the inputs with both oracles (which must agree with each other,
//      with the recordings and with the published values) and compares it with the committed one, byte for byte.
//   2. Without generate.py: the fields of every committed hmac-signing vector, and of every accepted request of
//      hmac-verification and webhooks as it stands on the wire, go to sign.py and to sign.sh once more, and every step is
//      compared.
//   3. README.md says how many vectors each file has.
// Needs python3, perl, bash, openssl, gzip and GNU coreutils. Prints counts; exit 1 on any difference.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const oracles = import.meta.dirname
const load = name => JSON.parse(readFileSync(join(oracles, '..', name), 'utf8'))
const problems = []
const SHELL_FIELDS =
  'canonicalUri canonicalHeaders payloadHash canonicalRequest canonicalRequestSha256 stringToSign signingKey signature authorization'

const [generated, python, shell] = await Promise.all([
  run('python3', [join(oracles, 'generate.py'), '--check'], ''),
  ...recompute(),
])
process.stdout.write(generated)
checkReadme()

function checkReadme() {
  const readme = readFileSync(join(oracles, '../README.md'), 'utf8')
  for (const { file, vectors } of load('manifest.json').files)
    if (!readme.includes(`| \`${file}\` | ${vectors} |`))
      problems.push(`README.md does not say that ${file} has ${vectors} vectors`)
}

function recompute() {
  const jobs = [...signingJobs(), ...arrivalJobs('hmac-verification'), ...arrivalJobs('webhooks')]
  console.log(`${jobs.length} signatures recomputed from the committed files by sign.py and by sign.sh`)
  return [
    run('python3', [join(oracles, 'sign.py')], JSON.stringify(jobs)).then(text => {
      for (const [index, steps] of JSON.parse(text).entries()) {
        for (const [name, value] of Object.entries(jobs[index].expected))
          compare(jobs[index].id, 'sign.py', name, value, steps[name])
      }
      return jobs.length
    }),
    run('bash', [join(oracles, 'sign.sh')], jobs.map(job => `${shellLine(job)}\n`).join('')).then(text => {
      const lines = text.split('\n').slice(0, -1)
      if (lines.length !== jobs.length)
        problems.push(`sign.sh answered ${lines.length} of ${jobs.length} jobs`)
      for (const [index, line] of lines.entries()) compareShell(jobs[index], line)
      return lines.length
    }),
  ]
}

function signingJobs() {
  const { schemes, vectors } = load('hmac-signing.json')
  return vectors.map(vector => ({ ...schemes[vector.scheme], ...vector }))
}

/** Accepted requests as they stand on the wire; the Authorization header is what must come out. */
function arrivalJobs(kind) {
  const { schemes, credentials, verifier, vectors } = load(`${kind}.json`)
  return vectors.flatMap(vector =>
    [...vector.before, vector]
      .filter(({ expected }) => expected.status === 200)
      .map(({ request }) => {
        const headers = request.authority === undefined ? [] : [['host', request.authority]]
        for (let i = 0; i < request.rawHeaders.length; i += 2)
          headers.push(
            request.rawHeaders.slice(i, i + 2).map((text, at) => (at === 0 ? text.toLowerCase() : text)),
          )
        const headerOf = wanted => headers.find(([name]) => name === wanted)[1]
        const authorization = headerOf('authorization')
        const scheme = Object.values(schemes).find(({ algorithm }) =>
          authorization.startsWith(`${algorithm} `),
        )
        const [keyId, , environment, api] = /Credential=([^,]+),/.exec(authorization)[1].split('/')
        const signedHeaders = /SignedHeaders=([^,]+),/.exec(authorization)[1].split(';')
        const { escapedPaths } = { ...verifier, ...vector.verifier }
        return {
          ...{ ...scheme, id: `${kind} ${vector.id}`, keyId, environment, api, escapedPaths, signedHeaders },
          secret: credentials.find(credential => credential.keyId === keyId).secret,
          timestamp: headerOf(scheme.dateHeader),
          // Both may stand in a request, and are then equal.
          request: {
            ...request,
            headers: headers.filter(([name], at) => name !== 'host' || at === 0 || headers[0][0] !== 'host'),
          },
          // Spaces may have changed on the way.
          expected: { authorization: authorization.replace(/ +/g, ' ').replace(/,(?! )/g, ', ') },
        }
      }),
  )
}

/** A job as a line for sign.sh: its fields escaped so that `printf %b` gives their bytes back. */
function shellLine(job) {
  const { method, target, headers, bodyBase64 } = job.request
  const mark = target.indexOf('?')
  const [path, query] = mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)]
  const headerLines = headers.map(([name, value]) => `${name}:${value}\n`).join('')
  const fields = [
    ...[job.algorithm, job.secretPrefix, Buffer.from(job.secret, 'utf8').toString('latin1'), job.keyId],
    ...[job.timestamp.slice(0, 8), job.timestamp, job.environment, job.api, job.terminator],
    ...[method, path, query, headerLines, job.signedHeaders.join(';')],
    ...[Buffer.from(bodyBase64, 'base64').toString('latin1'), job.escapedPaths ? '1' : '0', '', ''],
  ]
  const escapeByte = char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  return fields.map(field => field.replace(/[^\x21-\x7e]|[|\\]/g, escapeByte)).join('|')
}

function compareShell(job, line) {
  const fields = line.split('|')
  const unescaped = field =>
    field.replace(/\\x([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  const steps = Object.fromEntries(
    SHELL_FIELDS.split(' ').map((name, index) => [name, unescaped(fields[index] ?? '')]),
  )
  for (const [name, value] of Object.entries(job.expected)) {
    // sign.sh is handed the query and returns it only inside the canonical request.
    if (name !== 'canonicalQuery') compare(job.id, 'sign.sh', name, value, steps[name])
  }
}

function compare(id, program, name, committed, computed) {
  if (committed !== computed)
    problems.push(
      `${id}: ${name} is ${JSON.stringify(committed)} in the file, ${JSON.stringify(computed)} by ${program}`,
    )
}

function run(command, args, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const chunks = []
    child.stdout.on('data', chunk => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', code => {
      if (code !== 0)
        problems.push(`${[command, ...args.map(arg => arg.replace(oracles, '.'))].join(' ')}: exit ${code}`)
      resolve(Buffer.concat(chunks).toString('latin1'))
    })
    child.stdin.end(input)
  })
}

console.log(`${python} compared with sign.py, ${shell} with sign.sh, ${problems.length} differences`)
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
