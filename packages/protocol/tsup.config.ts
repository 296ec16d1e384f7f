import { defineConfig } from 'tsup'
import { preset } from '../../tools/tsup-preset.mjs'

export default defineConfig(
  preset({
    index: 'src/index.ts',
    'diagnosis/index': 'src/diagnosis/index.ts',
    'http-message-signatures/index': 'src/http-message-signatures/index.ts',
    'sha256.node': 'src/sha256.node.ts',
    'sha256.noble': 'src/sha256.noble.ts',
  }),
)
