import { type SerializerFactory, SerializerSelector } from '@fastify/fast-json-stringify-compiler'

type Serializer = ReturnType<ReturnType<SerializerFactory>>

/**
 * Builds the serializers of answers: one per distinct schema, with only the shared schemas that it refers to. Fastify's
 * own compiles every error answer of every route again, each time against all shared schemas, which is a good part of
 * the start-up time. Each is compiled for the first answer that needs it.
 */
export const buildSerializer: SerializerFactory = (shared, options) => {
  const known = shared as Record<string, object>
  return route => {
    const schema = route.schema as object
    const last = latest.get(schema)
    if (last && Object.entries(last.schemas).every(([id, referred]) => known[id] === referred)) return last.serialize
    const schemas = referredTo(schema, known)
    const key = [schema, ...Object.values(schemas)].map(textOf).join('\n')
    const serialize = serializers.get(key) ?? onFirstUse(() => selectSerializer(schemas, options)(route))
    serializers.set(key, serialize)
    latest.set(schema, { schemas, serialize })
    return serialize
  }
}

const selectSerializer = SerializerSelector()
function onFirstUse(compile: () => Serializer): Serializer {
  let compiled: Serializer | undefined
  return answer => {
    compiled ??= compile()
    return compiled(answer)
  }
}

// Shared by the process: a serializer holds nothing of its app.
const serializers = new Map<string, Serializer>()
/** The latest of a schema, with what it refers to: comparing objects is quicker than texts. */
const latest = new WeakMap<object, { schemas: Record<string, object>; serialize: Serializer }>()

const texts = new WeakMap<object, string>()
function textOf(schema: object): string {
  const text = texts.get(schema) ?? JSON.stringify(schema)
  texts.set(schema, text)
  return text
}

const references = new Map<string, readonly string[]>()
function referencesIn(text: string): readonly string[] {
  const ids = references.get(text) ?? Array.from(text.matchAll(/(?<="\$ref":")[^"#]+/g), ([id]) => id)
  references.set(text, ids)
  return ids
}

/**
 * The shared schemas that a schema refers to, directly or indirectly, by their ids.
 * @throws {Error} at the start, where there is no such schema.
 */
function referredTo(schema: object, known: Record<string, object>): Record<string, object> {
  const found: Record<string, object> = {}
  const open = [schema]
  for (let next = open.pop(); next; next = open.pop()) {
    for (const id of referencesIn(textOf(next))) {
      const referred = known[id]
      if (!referred) throw new Error(`a schema refers to ${id}, and there is none`)
      if (id in found) continue
      found[id] = referred
      open.push(referred)
    }
  }
  return found
}
