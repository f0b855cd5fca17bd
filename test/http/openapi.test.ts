import { beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../src/http/routes.ts'
import { bodyOf, get, setup } from './stub-application.ts'

type Operation = { operationId: string; parameters?: { name: string; in: string; schema: object }[]; responses: Record<string, unknown>; security?: unknown }
type Document = { openapi: string; info: { version: string }; paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, { required?: string[]; properties?: object }> } }

let document: Document
let text: string
beforeAll(async () => {
  const response = await get(setup(), '/openapi.json')
  text = await response.clone().text()
  document = await bodyOf<Document>(response)
})

describe('/openapi.json', () => {
  it('is OpenAPI 3.1 of this version', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.0.0' } })
  })

  it('describes every route except the pages', () => {
    const described = Object.entries(document.paths).flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`))
    const routes = ROUTES.filter(({ path }) => path !== '/' && !/^\/(docs|assets|page|session)(\/|$)/.test(path)).map(({ method, path }) => `${method} ${path}`)
    expect(described.sort()).toEqual(routes.sort())
  })

  it('describes every parameter of a path', () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const operation of Object.values(operations)) {
        const named = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name)
        expect([path, named]).toEqual([path, [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)])
      }
    }
  })

  it('takes the fields of a signal from the schema that validates it', () => {
    expect(document.components.schemas['BounceSignal']?.required).toEqual(['symbol', 'side', 'price', 'timestamp'])
    expect(Object.keys(document.components.schemas['BounceSignal']?.properties ?? {})).toContain('signal_id')
    expect(document.components.schemas['ManualOrder']?.required).toEqual(['symbol', 'side', 'qty', 'entry_price'])
    const limit = document.paths['/positions']?.['get']?.parameters?.find(({ name }) => name === 'limit')
    expect(limit?.schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 100_000 })
  })

  it('refers to nothing that is missing', () => {
    for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) expect(Object.keys(document.components.schemas)).toContain(name)
    expect(text).not.toContain('$defs')
  })

  it('says who needs no key', () => {
    expect(document.paths['/health']?.['get']?.security).toEqual([])
    expect(document.paths['/positions']?.['get']?.security).toEqual([{ bearer: [] }, { apiKey: [] }, {}])
  })
})
