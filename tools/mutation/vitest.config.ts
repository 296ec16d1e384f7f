import { defineConfig } from 'vitest/config'
import base from '../../vitest.config.js'

const { MUTATION_SCOPE: scope = 'protocol' } = process.env

export default defineConfig({
  ...base,
  // A seed of its own would make the score another one each time.
  test: {
    include: [`tools/mutation/${scope}-tests.ts`],
    setupFiles: ['tools/mutation/short-properties.ts'],
    testTimeout: 5000,
    env: { FC_SEED: '1' },
  },
})
