// Read by Stryker; run.mjs says by the environment which scope and group. Set both to call Stryker yourself.
import { SCOPES } from './scopes.mjs'

const { MUTATION_SCOPE: scope = 'protocol', MUTATION_GROUP: group = 'canonical' } = process.env

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'tools/mutation/vitest.config.ts' },
  mutate: SCOPES[scope][group],
  coverageAnalysis: 'perTest',
  // Static mutants are the regular expressions and tables: each costs all tests, and they are what matters most.
  ignoreStatic: false,
  concurrency: 2,
  timeoutMS: 5000,
  tempDirName: '.stryker-tmp',
  ignorePatterns: [
    ...['benchmarks', 'e2e', 'examples', 'dist', 'coverage', '.turbo', '.git', '.sandbox'],
    ...['packages/cli', 'packages/sandbox', 'packages/sdk'],
  ],
  reporters: ['json', 'clear-text', 'progress-append-only'],
  clearTextReporter: { logTests: false, allowColor: false, reportScoreTable: false },
  jsonReporter: { fileName: `reports/mutation/${scope}-${group}.json` },
  allowConsoleColors: false,
  warnings: { slow: false },
}
