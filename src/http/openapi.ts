/** `GET /openapi.json`: OpenAPI 3.1 from the routes and from the very schemas that validate. Built once, when first asked for. */
import { z } from 'zod'
import type { LoadedSchemas } from './lazy-schemas.ts'
import { operationDocs, type OperationDoc } from './operation-docs.ts'
import type { Route } from './route.ts'
import { problemView } from './views.ts'

type Json = Record<string, unknown>

let text: { readonly of: LoadedSchemas; readonly value: string } | undefined

/** The description as JSON text. */
export function openApiText(schemas: LoadedSchemas, routes: readonly Route[], version: string): string {
  if (text?.of !== schemas) text = { of: schemas, value: JSON.stringify(openApi(schemas, routes, version)) }
  return text.value
}

function openApi(schemas: LoadedSchemas, routes: readonly Route[], version: string): Json {
  const components: Json = {}
  const docs = operationDocs(schemas)
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const doc = docs[route.id]
    // Only what programs use is described; pages are not.
    if (doc) paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route, doc, components) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'LOMS',
      version,
      description: 'Owns every position of a signal bot until it is closed. Errors are problem documents (RFC 9457). Prices and quantities are JSON numbers.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: components,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
    },
  }
}

function operation(route: Route, doc: OperationDoc, components: Json): Json {
  const parameters = [...parametersOf(doc.path, 'path', components), ...parametersOf(doc.query, 'query', components), ...(doc.headers ?? [])]
  const content = doc.body ? { 'application/json': { schema: jsonSchema(doc.body, 'input', components) } } : undefined
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [doc.tag],
    ...(route.needs === 'open' ? { security: [] } : { security: [{ bearer: [] }, { apiKey: [] }, {}], 'x-scope': route.needs }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(content ? { requestBody: { required: doc.bodyRequired ?? true, content } } : {}),
    responses: responses(route, doc, components),
  }
}

function responses(route: Route, doc: OperationDoc, components: Json): Json {
  const result: Json = {}
  for (const [status, answer] of Object.entries(doc.answers)) {
    const schema = answer.schema ? { schema: jsonSchema(answer.schema, 'output', components) } : {}
    const headers = answer.headers ? { headers: answer.headers } : {}
    result[status] = { description: answer.description, ...headers, content: { [answer.contentType ?? 'application/json']: schema } }
  }
  const validated = doc.body || doc.query || doc.path
  const refusals: Record<string, string | false | undefined> = {
    ...(doc.body ? { 400: 'Malformed JSON', 413: 'The body is larger than 64 kB' } : {}),
    403: `${route.needs === 'open' ? '' : 'The key lacks the scope; '}without API_KEYS: called by a name that is not this machine\'s`,
    ...(route.needs === 'open' ? {} : { 401: 'A key is needed', 429: 'More than 100 requests in a second' }),
    ...(validated ? { 422: 'Invalid values, each field named' } : {}),
    500: 'A fault inside the service',
    ...(doc.refusals ?? {}),
  }
  for (const [status, description] of Object.entries(refusals)) {
    result[status] = { description, content: { 'application/problem+json': { schema: jsonSchema(problemView, 'output', components) } } }
  }
  return result
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query', components: Json): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = jsonSchema(schema, 'input', components) as { properties?: Record<string, Json>; required?: string[] }
  return Object.entries(properties).map(([name, property]) => ({ name, in: place, required: place === 'path' || required.includes(name), schema: property }))
}

/** The JSON schema of `schema`; what has an id goes to `components`. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', components: Json): Json {
  const generated = z.toJSONSchema(schema, { io, target: 'draft-2020-12' })
  const found = JSON.parse(JSON.stringify(generated).replaceAll('#/$defs/', '#/components/schemas/')) as Json
  Object.assign(components, found['$defs'])
  delete found['$defs']
  delete found['$schema']
  return found
}
