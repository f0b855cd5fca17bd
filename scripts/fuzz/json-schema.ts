/** The part of JSON Schema that the description of the API uses: does a value conform, and if not, where. */

export type Schema = { readonly [keyword: string]: unknown }
type Components = Readonly<Record<string, Schema>>

/** The schema that a reference stands for. */
export function resolved(schema: Schema, components: Components): Schema {
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].replace('#/components/schemas/', '') : undefined
  return name === undefined ? schema : resolved(components[name] ?? {}, components)
}

/** What is wrong with the value, as `place: what`; empty: nothing. */
export function breaches(written: Schema, value: unknown, components: Components, place = 'body'): readonly string[] {
  const schema = resolved(written, components)
  const either = schema['anyOf'] as readonly Schema[] | undefined
  if (either && !either.some((each) => breaches(each, value, components, place).length === 0)) return [`${place}: none of ${either.length} forms (${either.map((each) => breaches(each, value, components, place)[0] ?? '').join(' | ')})`]
  if ('const' in schema && schema['const'] !== value) return [`${place}: not ${String(schema['const'])}`]
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value)) return [`${place}: not one of ${schema['enum'].join(', ')}`]
  const type = schema['type']
  if (typeof type === 'string' && !isOfType(type, value)) return [`${place}: not ${type}`]
  if (typeof value === 'string') return textBreaches(schema, value, place)
  if (typeof value === 'number') return numberBreaches(schema, value, place)
  if (Array.isArray(value)) return listBreaches(schema, value, components, place)
  return value !== null && typeof value === 'object' ? objectBreaches(schema, value as Readonly<Record<string, unknown>>, components, place) : []
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'object') return value !== null && typeof value === 'object' && !Array.isArray(value)
  return typeof value === type
}

function textBreaches({ minLength, maxLength, pattern }: Schema, value: string, place: string): readonly string[] {
  const length = [...value].length
  return [
    ...(typeof minLength === 'number' && length < minLength ? [`${place}: shorter than ${minLength}`] : []),
    // Lengths are counted in UTF-16 units by the service, which is the stricter way.
    ...(typeof maxLength === 'number' && length > maxLength ? [`${place}: longer than ${maxLength}`] : []),
    ...(typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value) ? [`${place}: not like ${pattern}`] : []),
  ]
}

function numberBreaches({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema, value: number, place: string): readonly string[] {
  const wrong =
    (typeof minimum === 'number' && !(value >= minimum)) || (typeof maximum === 'number' && !(value <= maximum)) ||
    (typeof exclusiveMinimum === 'number' && !(value > exclusiveMinimum)) || (typeof exclusiveMaximum === 'number' && !(value < exclusiveMaximum))
  return wrong ? [`${place}: ${value} is out of range`] : []
}

function listBreaches({ items, minItems, maxItems }: Schema, value: readonly unknown[], components: Components, place: string): readonly string[] {
  return [
    ...(typeof minItems === 'number' && value.length < minItems ? [`${place}: fewer than ${minItems}`] : []),
    ...(typeof maxItems === 'number' && value.length > maxItems ? [`${place}: more than ${maxItems}`] : []),
    ...(items ? value.flatMap((each, index) => breaches(items as Schema, each, components, `${place}.${index}`)) : []),
  ]
}

function objectBreaches(schema: Schema, value: Readonly<Record<string, unknown>>, components: Components, place: string): readonly string[] {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>
  const required = (schema['required'] ?? []) as readonly string[]
  const others = schema['additionalProperties']
  return [
    ...required.filter((name) => !Object.hasOwn(value, name)).map((name) => `${place}.${name}: missing`),
    ...Object.entries(value).flatMap(([name, child]) => {
      const own = Object.hasOwn(properties, name) ? properties[name] : undefined
      if (own) return breaches(own, child, components, `${place}.${name}`)
      if (others === false) return [`${place}.${name}: not described`]
      return others !== null && typeof others === 'object' ? breaches(others as Schema, child, components, `${place}.${name}`) : []
    }),
  ]
}
