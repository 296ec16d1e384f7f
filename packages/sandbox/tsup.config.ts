import { defineConfig } from 'tsup'
import { preset } from '../../tools/tsup-preset.mjs'

export default defineConfig(
  preset({
    index: 'src/index.ts',
    bin: 'src/bin.ts',
    msw: 'src/msw.ts',
  }),
)
