import { defineConfig } from 'tsup'
import { preset } from '../../tools/tsup-preset.mjs'

export default defineConfig(
  preset({
    index: 'src/index.ts',
    signing: 'src/signing.ts',
    webhooks: 'src/webhooks.ts',
  }),
)
