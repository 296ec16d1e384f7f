// Why: the arrows between packages (ARCHITECTURE.md) are what keeps the verifier free of client code and the
// protocol free of everything. This program reads every import of every package and refuses one that no arrow allows,
// a relative import that leaves its package, and a third-party package that package.json does not declare.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** @type {Record<string, { source: string[], test: string[] }>} what each package may import of ours */
const ARROWS = {
  protocol: { source: [], test: [] },
  sdk: { source: ['protocol'], test: ['protocol'] },
  'server-verify': { source: ['protocol'], test: ['protocol'] },
  cli: { source: ['protocol', 'sdk', 'sandbox'], test: ['protocol', 'sdk', 'sandbox'] },
  sandbox: { source: ['protocol', 'server-verify'], test: ['protocol', 'server-verify', 'sdk'] },
}
/** Arrows that exist only as `await import(…)` of an optional peer. */
const DYNAMIC_ONLY = new Set(['cli → sandbox'])
const SCOPE = '@countersign/'
const BUILTIN = new Set(builtinModules)

/**
 * @param {string} root folder that holds `packages/`
 * @param {readonly string[]} [names] the packages to look at; default: all
 * @returns {string[]} one line a violation, empty when all is well
 */
export function checkArrows(root, names = Object.keys(ARROWS)) {
  return names.flatMap(name => checkPackage(join(root, 'packages', name), name))
}

function checkPackage(folder, name) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const declared = new Set(
    ['dependencies', 'peerDependencies', 'optionalDependencies'].flatMap(key =>
      Object.keys(manifest[key] ?? {}),
    ),
  )
  const rules = ARROWS[name]
  const problems = Object.keys(manifest.dependencies ?? {})
    .filter(dependency => dependency.startsWith(SCOPE))
    .map(dependency => dependency.slice(SCOPE.length))
    .filter(target => !rules.source.includes(target) || DYNAMIC_ONLY.has(`${name} → ${target}`))
    .map(target => `${name}/package.json depends on ${SCOPE}${target}: no arrow allows it`)

  for (const file of ['src', 'test'].flatMap(part => listTypeScript(join(folder, part)))) {
    const isTest = file.endsWith('.test.ts') || file.startsWith(join(folder, 'test') + sep)
    const allowed = isTest ? rules.test : rules.source
    const where = relative(folder, file)
    for (const { specifier, dynamic } of importsOf(file)) {
      const refusal = refuse({ specifier, dynamic, allowed, isTest, declared, name, folder, file })
      if (refusal !== undefined) problems.push(`${name}/${where} imports ${specifier}: ${refusal}`)
    }
  }
  return problems
}

function refuse({ specifier, dynamic, allowed, isTest, declared, name, folder, file }) {
  if (specifier.startsWith('.')) {
    const target = resolve(dirname(file), specifier)
    const inside = target.startsWith(folder + sep)
    return inside || isTest ? undefined : 'a relative import must stay inside its package'
  }
  if (specifier.startsWith('node:') || specifier.startsWith('#') || BUILTIN.has(specifier)) return undefined
  const parts = specifier.split('/')
  const packageName = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
  if (packageName.startsWith(SCOPE)) {
    const target = packageName.slice(SCOPE.length)
    if (!allowed.includes(target)) return 'no arrow allows it'
    if (!isTest && !dynamic && DYNAMIC_ONLY.has(`${name} → ${target}`))
      return 'this arrow is for `await import(…)` only'
    return undefined
  }
  return isTest || declared.has(packageName) ? undefined : 'package.json does not declare it'
}

function importsOf(file) {
  const text = readFileSync(file, 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found = []
  const visit = node => {
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier !== undefined
    ) {
      found.push({ specifier: node.moduleSpecifier.text, dynamic: false })
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      found.push({ specifier: node.argument.literal.text, dynamic: true })
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments
      if (argument !== undefined && ts.isStringLiteralLike(argument))
        found.push({ specifier: argument.text, dynamic: true })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function listTypeScript(folder) {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => join(entry.parentPath, entry.name))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = checkArrows(dirname(dirname(fileURLToPath(import.meta.url))))
  for (const problem of problems) console.error(problem)
  console.log(
    problems.length === 0 ? 'arrows: all imports follow them' : `arrows: ${problems.length} refused`,
  )
  process.exitCode = problems.length === 0 ? 0 : 1
}
