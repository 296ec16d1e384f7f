// Why: five packages, one way to build. JavaScript by esbuild (through tsup), one file per entry with
// shared chunks so that lazily imported parts stay lazy; declarations by tsc in the same `build` script.
/** @param {Record<string, string>} entry */
export function preset(entry) {
  return {
    entry,
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    splitting: true,
    sourcemap: true,
    clean: true,
    dts: false,
    treeshake: true,
    external: ['#sha256', /^@countersign\//],
    silent: true,
  }
}
