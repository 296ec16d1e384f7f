// Why: spec/openapi.yaml is what the platform promises and packages/sdk is what partners hold. When one moves and the
// other does not, this fails: types are generated from the specification (openapi-typescript) and the sdk's own types are
// compared with them by the compiler (packages/sdk/test/openapi/conformance.ts). Part of `npm run typecheck`.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, 'packages', 'sdk', 'test', 'openapi')

const specification = pathToFileURL(join(root, 'spec', 'openapi.yaml'))
const options = { immutable: true, silent: true, emptyObjectsUnknown: true }
const nodes = await openapiTS(specification, options)
writeFileSync(join(folder, 'openapi-types.ts'), astToString(nodes))

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
if (status === 0) console.log('api types: the sdk says what spec/openapi.yaml says')
else {
  process.stdout.write(stdout)
  console.error(
    'api types: the sdk and spec/openapi.yaml differ; the lines of conformance.ts above say where',
  )
  process.exitCode = 1
}
