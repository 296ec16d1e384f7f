import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../src/index.js'
import { ApiClient } from './api-client.js'
import {
  expectSchema,
  resolveNode,
  type SpecNode,
  specDocument,
  specOperations,
  specText,
} from './response-checker.js'

let sandbox: Sandbox
let api: ApiClient
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0 })
  api = new ApiClient(sandbox.ready)
})
afterAll(async () => {
  api?.close()
  await sandbox?.close()
})

describe('spec/openapi.yaml', () => {
  it('is served as it is, in both forms, to anyone', async () => {
    const yaml = await api.get('/openapi.yaml', { key: null })
    expect(yaml.text).toBe(specText)
    const json = await api.get('/openapi.json', { key: null })
    expect(JSON.parse(json.text)).toEqual(specDocument)
  })

  it.each(specOperations.map(({ method, path }) => [method, path] as const))(
    'has a route for %s %s',
    async (method, path) => {
      const target = path.replaceAll(/\{\w+\}/g, 'evt_0123456789abcdef')
      const answer = await api.send({ method, target, body: method === 'POST' ? {} : undefined })
      expect(['route_not_found', 'method_not_allowed']).not.toContain(answer.body['code'])
    },
  )

  it('documents every route that the sandbox has', () => {
    expect([...sandbox.routes].sort()).toEqual(
      specOperations.map(({ method, path }) => `${method} ${path}`).sort(),
    )
  })

  it('asks for a credential on every route of a partner', async () => {
    for (const { method, path, pointer } of specOperations) {
      const target = path.replaceAll(/\{\w+\}/g, 'evt_0123456789abcdef')
      const { status } = await api.send({
        method,
        target,
        body: method === 'POST' ? {} : undefined,
        key: null,
      })
      const isOpen = JSON.stringify(resolveNode(pointer).node['security']) === '[]'
      expect([path, status]).toEqual([path, isOpen ? 200 : 401])
      expect(isOpen).toBe(!path.startsWith('/v1/'))
    }
  })

  it('has examples that its own schemas accept, for every JSON body', () => {
    let checked = 0
    for (const { pointer, node } of placesWithSchema(specDocument, '')) {
      for (const [name, example] of Object.entries(node['examples'] ?? {})) {
        expectSchema(`${pointer}/schema`, example['value'], `example ${name}`)
        checked++
      }
    }
    expect(checked).toBeGreaterThan(10)
  })

  it('refers only to what it holds, and lists one operationId once', () => {
    const references = [...specText.matchAll(/\$ref: '#([^']+)'/g)].map(match => match[1]!)
    for (const reference of references) expect(resolveNode(reference).node).toBeDefined()
    const ids = specOperations.map(({ pointer }) => String(resolveNode(pointer).node['operationId']))
    expect(new Set(ids).size).toBe(ids.length)
  })
})

function placesWithSchema(node: SpecNode, pointer: string): { pointer: string; node: SpecNode }[] {
  if (node === null || typeof node !== 'object') return []
  const here = node['schema'] !== undefined && node['examples'] !== undefined ? [{ pointer, node }] : []
  const below = Object.entries(node).flatMap(([name, member]) =>
    placesWithSchema(member, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  )
  return [...here, ...below]
}
