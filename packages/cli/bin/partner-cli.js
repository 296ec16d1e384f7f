#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`partner-cli needs Node 20.19 or newer; this is ${process.version}.`)
  process.exit(2)
}
if (process.argv.length === 3 && process.argv[2] === '--version') {
  // Asked by scripts all the time, and known without loading anything.
  const { readFileSync } = await import('node:fs')
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  console.log(JSON.parse(manifest).version)
} else {
  await import('../dist/bin.js')
}
