import { defineConfig } from 'tsup'
import { preset } from '../../tools/tsup-preset.mjs'

export default defineConfig(
  preset({
    index: 'src/index.ts',
    opentelemetry: 'src/opentelemetry.ts',
    bin: 'src/bin.ts',
    postgres: 'src/postgres.ts',
    redis: 'src/redis.ts',
    'adapters/node-http': 'src/adapters/node-http.ts',
    'adapters/fastify': 'src/adapters/fastify.ts',
    'adapters/express': 'src/adapters/express.ts',
    'adapters/hono': 'src/adapters/hono.ts',
  }),
)
