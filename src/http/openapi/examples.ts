import type { Document, Schema } from './document.ts'

/**
 * Gives every component that is an object a whole example: its own, or one made of the examples of its parts, which
 * then need not be shown once more.
 */
export function withExamples(document: Document): Document {
  const { schemas } = document.components
  const made = new Map<string, unknown>()

  function exampleOf(name: string): unknown {
    const known = made.get(name)
    if (known !== undefined) return known
    const schema = schemas[name] as Schema
    const [own] = (schema.examples as unknown[] | undefined) ?? []
    const example = own ?? composed({ ...schema, examples: undefined })
    made.set(name, example)
    return example
  }

  function composed(schema: Schema): unknown {
    const { $ref, examples, enum: values, const: only, properties, items, format } = schema
    if (Array.isArray(schema.anyOf)) return composed(schema.anyOf[0])
    if ($ref !== undefined) return exampleOf($ref.split('/').at(-1) as string)
    if (Array.isArray(examples)) return examples[0]
    if (only !== undefined) return only
    if (Array.isArray(values)) return values[0]
    const [type] = [schema.type].flat()
    if (type === 'object') return objectOf((properties ?? {}) as Record<string, Schema>)
    if (type === 'array') return [composed(items as Schema)]
    return (format !== undefined && byFormat[String(format)]) || byType[String(type)]
  }

  function objectOf(properties: Record<string, Schema>): object {
    return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, composed(schema)]))
  }

  const withOwn = Object.entries(schemas).map(([name, schema]): [string, Schema] => {
    const isObject = [schema.type].flat().includes('object') || Array.isArray(schema.anyOf)
    return [name, isObject ? { ...(withoutExamples(schema) as Schema), examples: [exampleOf(name)] } : schema]
  })
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(withOwn) } }
}

/** A copy of a schema without examples of its parts. */
function withoutExamples(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutExamples)
  if (!(schema instanceof Object)) return schema
  const kept = Object.entries(schema).filter(([key, value]) => !(/^examples?$/.test(key) && !isSchema(value)))
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutExamples(value)]))
}

/** Tells a property that is called `example` from an example. */
const isSchema = (value: unknown) => value instanceof Object && ('type' in value || '$ref' in value)

/** A value where a schema shows none. */
const byFormat: Record<string, unknown> = {
  uuid: '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11',
  date: '2026-03-01',
  'date-time': '2026-03-01T21:15:00.000Z',
  timezone: 'Europe/Berlin',
}
const byType: Record<string, unknown> = { string: '…', integer: 1, number: 1, boolean: true, null: null }
