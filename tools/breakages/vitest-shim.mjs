// Stands in for vitest when the vector runners are bundled: the few functions that they use, in-process and fast. A
// matcher that is missing here makes its test fail, so the run over unbroken sources tells.
import { isDeepStrictEqual } from 'node:util'

const tests = (globalThis.vectorTests ??= [])
let group = ''

export function describe(name, body) {
  group = name
  body()
}
describe.each = names => (_, body) => {
  for (const name of names) describe(name, () => body(name))
}

export function it(name, run) {
  tests.push({ consumer: globalThis.vectorConsumer, kind: group, id: name, run })
}
it.each = rows => (name, run) => {
  for (const row of rows) it(name.replace('%s', row[0]), () => run(...row))
}

export function expect(received) {
  const matchers = negated => {
    const check = (holds, what) => {
      if (holds === negated) throw new Error(`expected ${negated ? 'not ' : ''}${what}`)
    }
    return {
      toBe: wanted => check(Object.is(received, wanted), `to be ${show(wanted)}, is ${show(received)}`),
      toEqual: wanted =>
        check(
          isDeepStrictEqual(plain(received), plain(wanted)),
          `to equal ${show(wanted)}, is ${show(received)}`,
        ),
      toMatchObject: wanted =>
        check(
          Object.entries(wanted).every(([name, value]) => isDeepStrictEqual(received?.[name], value)),
          `to match ${show(wanted)}, is ${show(received)}`,
        ),
      toBeGreaterThan: wanted => check(received > wanted, `to be above ${wanted}, is ${received}`),
    }
  }
  return { ...matchers(false), not: matchers(true) }
}

/** As vitest's toEqual: members that are undefined do not count, nor does the class. */
function plain(value) {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, plain(member)]),
  )
}

function show(value) {
  return value instanceof Error ? String(value) : (JSON.stringify(value) ?? String(value))
}
