// The child of tools/breakages.mjs: node run-bundles.mjs CONSUMER=BUNDLE … loads bundled vector runners, runs every
// vector, prints one JSON object: how many ran, together and for each consumer, and which failed.
const [bundles, kindsToSkip] = [process.argv.slice(2), new Set(['files', 'schemes'])]
globalThis.vectorTests = []
const failed = []
for (const bundle of bundles) {
  const [consumer, file] = bundle.split(/=(.*)/s)
  globalThis.vectorConsumer = consumer
  await import(file)
}
const tests = globalThis.vectorTests.filter(({ kind }) => !kindsToSkip.has(kind))
const counts = {}
for (const { consumer, kind, id, run } of tests) {
  counts[consumer] = (counts[consumer] ?? 0) + 1
  try {
    await run()
  } catch (error) {
    failed.push({ consumer, kind, id, why: String(error?.message).split('\n')[0].slice(0, 300) })
  }
}
process.stdout.write(JSON.stringify({ ran: tests.length, counts, failed }))
