import { type SchemaOptions, type Static, type TObject, type TSchema, Type } from '@sinclair/typebox'

/** Schemas that TypeBox lacks, or expresses in a way that validators, serializers and OpenAPI tools handle worse. */

/** One of some strings. */
export const oneOf = <const T extends readonly string[]>(values: T, options: SchemaOptions = {}) =>
  Type.Unsafe<T[number]>({ ...options, type: 'string', enum: values })

/** A schema whose value may also be null. */
export const nullable = <T extends TSchema>(schema: T) => {
  const { type, enum: values, ...rest } = schema
  return Type.Unsafe<Static<T> | null>({ ...rest, type: [type, 'null'], ...(values && { enum: [...values, null] }) })
}

/**
 * A shared schema, by its `$id`: OpenAPI shows it once, by name.
 * @param description of it in this place.
 */
export const ref = <T extends TSchema>(schema: T, description?: string) =>
  Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#`, ...(description !== undefined && { description }) })

const readOnly = Symbol('fields that are shown and not set')

/**
 * The body that writes a resource. Whoever sends a field back that the resource shows and the body does not take is told
 * that it is read-only, and not that nobody knows it. A symbol, so that no document shows it.
 */
export const writes = <T extends TObject>(resource: TObject, body: T): T => {
  const names = Object.keys(resource.properties).filter(name => !(name in body.properties))
  return Object.assign(body, { [readOnly]: names })
}

/** The fields that `writes` found for a body. */
export function readOnlyFields(body: unknown): readonly string[] {
  return (body as { [readOnly]?: string[] } | undefined)?.[readOnly] ?? []
}
