import { readFileSync } from 'node:fs'
import type { ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { expect } from 'vitest'
import { parse } from 'yaml'

/** An answer as it came from the wire. */
export interface Answer {
  readonly method: string
  readonly target: string
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
}

/** `spec/openapi.yaml`, read here again and not through the code under test. */
export const specText: string = readFileSync(new URL('../../../spec/openapi.yaml', import.meta.url), 'utf8')
export const specDocument: SpecNode = parse(specText)

export interface SpecNode {
  readonly [name: string]: SpecNode
}

const ID = 'https://countersign.example/openapi.json'
// The whole document is one schema resource, so that $refs inside it resolve; what is validated are places in it.
const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false })
formats.default(ajv)
ajv.addSchema(specDocument, ID)
const validators = new Map<string, ValidateFunction>()

/** Checks a value against the schema at this place of the document. */
export function expectSchema(pointer: string, value: unknown, what: string): void {
  const validate = validators.get(pointer) ?? ajv.compile({ $ref: `${ID}#${encodeURI(pointer)}` })
  validators.set(pointer, validate)
  const valid = validate(value)
  expect(valid ? [] : validate.errors, `${what} against ${pointer}: ${JSON.stringify(value)}`).toEqual([])
}

/** Follows `$ref`s; gives the place itself and where it is. */
export function resolveNode(pointer: string): { readonly node: SpecNode; readonly pointer: string } {
  const names = pointer
    .split('/')
    .slice(1)
    .map(name => name.replaceAll('~1', '/').replaceAll('~0', '~'))
  const node = names.reduce<SpecNode | undefined>((at, name) => at?.[name], specDocument)
  if (node === undefined) throw new Error(`spec/openapi.yaml has nothing at ${pointer}.`)
  const reference: unknown = node['$ref']
  return typeof reference === 'string' ? resolveNode(reference.slice(1)) : { node, pointer }
}

/** Places of all operations: path template, method, pointer. */
export const specOperations: readonly SpecOperation[] = Object.entries(specDocument['paths']!).flatMap(
  ([path, item]) =>
    ['get', 'post', 'put', 'patch', 'delete', 'head', 'options']
      .filter(method => item[method] !== undefined)
      .map(method => ({
        path,
        method: method.toUpperCase(),
        pointer: `/paths/${escapeName(path)}/${method}`,
        pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      })),
)

export interface SpecOperation {
  readonly path: string
  readonly method: string
  readonly pointer: string
  readonly pattern: RegExp
}

/** Holds an answer to the document: status, headers, media type and body are all of a documented kind. */
export function expectDocumented(answer: Answer): void {
  const what = `${answer.method} ${answer.target} → ${answer.status} ${answer.text.slice(0, 500)}`
  const { node, pointer } = resolveNode(findResponse(answer, what))
  for (const name of Object.keys(node['headers'] ?? {})) {
    const header = resolveNode(`${pointer}/headers/${escapeName(name)}`)
    const value = answer.headers[name.toLowerCase()]
    if (value !== undefined) expectSchema(`${header.pointer}/schema`, value, `${what}, header ${name}`)
    else expect(header.node['required'], `${what}: header ${name} is missing`).not.toBe(true)
  }
  const mediaType = String(answer.headers['content-type']).split(';')[0]!
  expect(Object.keys(node['content'] ?? {}), what).toContain(mediaType)
  const body: unknown = mediaType.endsWith('json') ? JSON.parse(answer.text) : answer.text
  expectSchema(`${pointer}/content/${escapeName(mediaType)}/schema`, body, what)
  if (mediaType === 'application/problem+json') expectProblem(body, answer, what)
}

function findResponse(answer: Answer, what: string): string {
  const path = answer.target.split('?')[0]!
  const matching = specOperations.filter(operation => operation.pattern.test(path))
  const operation = matching.find(candidate => candidate.method === answer.method)
  if (operation !== undefined) {
    const documented = Object.keys(resolveNode(`${operation.pointer}/responses`).node)
    expect(documented, `${what}: the status is not documented`).toContain(String(answer.status))
    return `${operation.pointer}/responses/${answer.status}`
  }
  // Where there is no operation, the answers of the fallback: not found, or refused before that is said.
  const name = matching.length > 0 && answer.status === 405 ? 'MethodNotAllowed' : FALLBACK[answer.status]
  expect(name, `${what}: there is no such route`).toBeDefined()
  return `/components/responses/${name}`
}

const FALLBACK: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  404: 'NotFound',
  409: 'Replayed',
  421: 'Misdirected',
}

function expectProblem(body: unknown, { status, headers }: Answer, what: string): void {
  expect(body, what).toMatchObject({ status, requestId: headers['x-request-id'] })
  const { code, type } = body as { code: string; type: string }
  expect(type).toBe(`about:blank#${code}`)
}

function escapeName(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
