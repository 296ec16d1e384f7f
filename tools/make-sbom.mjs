// Why: whoever installs the command line wants to know what comes with it, and a scanner wants it as CycloneDX. npm
// lists the whole workspace with the time, a random serial number and the folder of this machine; here only what
// @countersign/cli needs stays, read from the lock file, so that two runs on two machines write the same bytes.
// Without arguments packages/cli/sbom.cdx.json is written; with `--check` it is compared (exit 1 when it is out of date).
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const file = join(root, 'packages/cli/sbom.cdx.json')
const NAME = '@countersign/cli'

const found = settle(readWorkspace())
if (!process.argv.includes('--check')) writeFileSync(file, `${JSON.stringify(found, undefined, 2)}\n`)
else if (JSON.stringify(JSON.parse(readFileSync(file, 'utf8'))) !== JSON.stringify(found)) {
  console.error(
    'packages/cli/sbom.cdx.json is out of date. Run `node tools/make-sbom.mjs && npm run format`.',
  )
  process.exitCode = 1
}

function readWorkspace() {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--omit', 'dev']
  const run = spawnSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    shell: process.platform === 'win32',
  })
  if (run.status !== 0) throw new Error(run.stderr)
  return JSON.parse(run.stdout)
}

/** What `NAME` reaches, in the order of the alphabet, without what differs from run to run. */
function settle({ specVersion, components, dependencies }) {
  const own = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8'))
  const peers = new Set(Object.keys(own.peerDependencies ?? {}))
  const top = components.find(component => nameOf(component) === NAME)
  const byRef = new Map(components.map(component => [component['bom-ref'], component]))
  const edges = new Map(dependencies.map(({ ref, dependsOn }) => [ref, [...dependsOn].sort()]))
  // The sandbox is an optional peer: it is not installed along.
  edges.set(
    top['bom-ref'],
    edges.get(top['bom-ref']).filter(ref => !peers.has(nameOf(byRef.get(ref)))),
  )
  const reached = new Set([top['bom-ref']])
  for (const ref of reached) for (const next of edges.get(ref) ?? []) reached.add(next)
  const refs = [...reached].filter(ref => byRef.has(ref)).sort()
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion,
    version: 1,
    metadata: { component: describe(top, 'application') },
    components: refs.filter(ref => ref !== top['bom-ref']).map(ref => describe(byRef.get(ref), 'library')),
    dependencies: refs.map(ref => ({
      ref,
      dependsOn: (edges.get(ref) ?? []).filter(next => reached.has(next) && byRef.has(next)),
    })),
  }
}

/** Of a workspace npm gives the folder as its name. @param {{ 'bom-ref': string }} component */
function nameOf(component) {
  return component['bom-ref'].replace(/@[^@]*$/, '')
}

function describe(component, type) {
  const { 'bom-ref': ref, version, scope, purl, hashes, licenses } = component
  return { 'bom-ref': ref, type, name: nameOf(component), version, scope, purl, hashes, licenses }
}
