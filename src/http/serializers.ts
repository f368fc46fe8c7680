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
    const schemas = referredTo(schema, known)
    const key = [schema, ...Object.values(schemas)].map(one => lookUp(one).number).join()
    const serialize = serializers.get(key) ?? onFirstUse(() => selectSerializer(schemas, options)(route))
    serializers.set(key, serialize)
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

/** By the numbers of their schemas. Shared by the process: a serializer holds nothing of its app. */
const serializers = new Map<string, Serializer>()

interface Known {
  /** The same for all schemas that say the same, of whatever app: comparing numbers is quicker than texts. */
  number: number
  /** The ids of the shared schemas that it names. */
  references: readonly string[]
}
const byText = new Map<string, Known>()
const byObject = new WeakMap<object, Known>()

function lookUp(schema: object): Known {
  const known = byObject.get(schema) ?? read(JSON.stringify(schema))
  byObject.set(schema, known)
  return known
}

function read(text: string): Known {
  const known = byText.get(text) ?? { number: byText.size, references: referencesIn(text) }
  byText.set(text, known)
  return known
}

function referencesIn(text: string): string[] {
  return Array.from(text.matchAll(/(?<="\$ref":")[^"#]+/g), ([id]) => id)
}

/**
 * The shared schemas that a schema refers to, directly or indirectly, by their ids.
 * @throws {Error} at the start, where there is no such schema.
 */
function referredTo(schema: object, known: Record<string, object>): Record<string, object> {
  const found: Record<string, object> = {}
  const open = [schema]
  for (let next = open.pop(); next; next = open.pop()) {
    for (const id of lookUp(next).references) {
      const referred = known[id]
      if (!referred) throw new Error(`a schema refers to ${id}, and there is none`)
      if (id in found) continue
      found[id] = referred
      open.push(referred)
    }
  }
  return found
}
