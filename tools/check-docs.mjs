// Why: a document that names a file, a heading or an error code that is no longer there costs its reader an hour.
// Checks that every relative link of every tracked Markdown file leads somewhere, that every source file which
// ARCHITECTURE.md names exists, and that spec/errors.md has every code that a server can answer.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tracked = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .stdout.trim()
  .split('\n')
const read = file => readFileSync(join(root, file), 'utf8')

const problems = [...checkLinks(), ...checkNamedFiles(), ...checkErrorCodes()]
for (const problem of problems) console.error(problem)
console.log(
  problems.length === 0
    ? 'docs: links, file names and error codes agree'
    : `docs: ${problems.length} problems`,
)
process.exitCode = problems.length === 0 ? 0 : 1

function checkLinks() {
  return tracked
    .filter(file => file.endsWith('.md') && existsSync(join(root, file)))
    .flatMap(file => {
      const text = read(file).replace(/```[\s\S]*?```/g, '')
      return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target]) => target)
        .filter(target => !/^[a-z]+:/.test(target) && !leadsSomewhere(file, target))
        .map(target => `${file}: the link ${target} leads nowhere`)
    })
}

function leadsSomewhere(file, target) {
  const [path, anchor] = target.split('#')
  const resolved = path === '' ? join(root, file) : join(root, dirname(file), path)
  if (!existsSync(resolved)) return false
  return anchor === undefined || headingsOf(readFileSync(resolved, 'utf8')).includes(anchor)
}

/** The anchors GitHub gives to headings. */
function headingsOf(markdown) {
  return [...markdown.replace(/```[\s\S]*?```/g, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function checkNamedFiles() {
  const names = new Set(tracked.map(file => basename(file)))
  return [...read('ARCHITECTURE.md').matchAll(/`(?:[\w./-]+\/)?([\w.-]+\.(?:ts|js|mjs))`/g)]
    .map(([, name]) => name)
    .filter(name => !names.has(name))
    .map(name => `ARCHITECTURE.md names ${name}: there is no such file`)
}

function checkErrorCodes() {
  const documented = new Set([...read('spec/errors.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code))
  const answered = [
    ...read('packages/server-verify/src/verification-error-codes.ts').matchAll(
      /^ {2}(\w+): (?:fault|outage|\{)/gm,
    ),
    ...read('packages/sandbox/src/api-problem.ts').matchAll(/^ {2}(\w+): (?:fault|outage)/gm),
  ].map(([, code]) => code)
  if (answered.length < 40)
    return [`only ${answered.length} codes were found in the sources: has their form changed?`]
  const unknown = [...documented].filter(code => !answered.includes(code))
  return [
    ...answered.filter(code => !documented.has(code)).map(code => `spec/errors.md lacks the code ${code}`),
    ...unknown.map(code => `spec/errors.md has ${code}, which no source answers`),
  ]
}
