// Why: `./signing` and `./webhooks` go into browsers, workers and edge functions, where every kilobyte is paid for by every
// visitor; and `.` is loaded by a command that a cron job starts every minute. Each entry is bundled from source as a
// partner's bundler would do it, minified and gzipped, and compared with its budget.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const src = join(root, 'packages', 'sdk', 'src')

/** Kilobytes (1000 bytes), minified and gzipped, dependencies included but those that are loaded on demand. */
const BUDGETS = [
  { name: './signing', file: 'signing.ts', platform: 'browser', budget: 12 },
  { name: './webhooks', file: 'webhooks.ts', platform: 'browser', budget: 12 },
  { name: '.', file: 'index.ts', platform: 'node', budget: 45 },
]

/** What a browser's bundler picks by the `imports` of protocol; from source the condition would pick Node's. */
const portableSha256 = {
  name: 'portable-sha256',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^#sha256$/ }, () => ({
      path: join(root, 'packages', 'protocol', 'src', 'sha256.noble.ts'),
    })),
}

for (const { name, file, platform, budget } of BUDGETS) {
  const { outputFiles } = await build({
    entryPoints: [join(src, file)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform,
    conditions: ['countersign:source'],
    external: ['undici', 'jose', 'oauth4webapi'],
    plugins: platform === 'browser' ? [portableSha256] : [],
    logLevel: 'error',
  })
  const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length
  const fits = bytes <= budget * 1000
  console.log(
    `${name.padEnd(11)} ${(bytes / 1000).toFixed(1).padStart(5)} kB of ${budget} kB${fits ? '' : '  TOO LARGE'}`,
  )
  if (!fits) process.exitCode = 1
}
