import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** One operation of the document. */
export interface ApiOperation {
  readonly operationId: string
  readonly method: 'GET' | 'POST'
  /** As in the document, with `{name}` for parameters. */
  readonly path: string
  /** Scopes that a credential needs; undefined: no credential needed. */
  readonly scopes: readonly string[] | undefined
}

/** `spec/openapi.yaml`: served as it is, and the one place where routes and their scopes are written. */
export interface ApiDocument {
  readonly yaml: string
  readonly json: string
  readonly operations: readonly ApiOperation[]
  /** @throws Error when the document has no such operation */
  operation(operationId: string): ApiOperation
}

interface PathItem {
  readonly [method: string]: {
    readonly operationId: string
    readonly security?: readonly SecurityRequirement[]
  }
}
type SecurityRequirement = Readonly<Record<string, readonly string[]>>

export function loadApiDocument(): ApiDocument {
  const yaml = readFileSync(documentUrl(), 'utf8')
  const document: { paths: Readonly<Record<string, PathItem>>; security: readonly SecurityRequirement[] } =
    parse(yaml)
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    (['get', 'post'] as const).flatMap(name => {
      const operation = item[name]
      if (operation === undefined) return []
      const [requirement] = operation.security ?? document.security
      const scopes = requirement?.['partnerSignature']
      return {
        operationId: operation.operationId,
        method: name === 'get' ? ('GET' as const) : ('POST' as const),
        path,
        scopes,
      }
    }),
  )
  return {
    yaml,
    json: `${JSON.stringify(document)}\n`,
    operations,
    operation(operationId) {
      const found = operations.find(operation => operation.operationId === operationId)
      if (found === undefined) throw new Error(`spec/openapi.yaml has no operation ${operationId}.`)
      return found
    },
  }
}

/** The build lays a copy beside the built code; from source, the repository's own document is read. */
function documentUrl(): URL {
  const beside = new URL('./openapi.yaml', import.meta.url)
  return existsSync(beside) ? beside : new URL('../../../spec/openapi.yaml', import.meta.url)
}
