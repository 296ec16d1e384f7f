import { defineConfig } from 'tsup'
import { preset } from '../../tools/tsup-preset.mjs'

const shared = preset({
  bin: 'src/bin.ts',
})

// Optional dependencies are looked for when they are needed, never packed.
export default defineConfig({ ...shared, external: [...shared.external, /^read-excel-file/, /^@napi-rs\//] })
