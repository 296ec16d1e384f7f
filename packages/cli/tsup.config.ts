import { copyFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { defineConfig } from 'tsup'
import { preset } from '../../tools/tsup-preset.mjs'

const commander = dirname(createRequire(import.meta.url).resolve('commander'))
const shared = preset({
  bin: 'src/bin.ts',
})

// Optional dependencies are looked for when they are needed, never packed. commander is packed: every command line needs
// it, and finding and reading its seven files took longer than what they do. It is CommonJS and requires builtins.
export default defineConfig({
  ...shared,
  external: [...shared.external, /^read-excel-file/, /^@napi-rs\//],
  noExternal: ['commander'],
  banner: {
    js: "import { createRequire as createRequireHere } from 'node:module';const require = createRequireHere(import.meta.url);",
  },
  onSuccess: () => copyFile(join(commander, 'LICENSE'), 'dist/commander.LICENSE'),
})
