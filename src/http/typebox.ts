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

/** The named schema of a resource, or of the receipt that a token gets which may not read it. */
export const orReceipt = (resource: TSchema, receipt: TSchema) =>
  Type.Unsafe<never>({
    $id: `${resource.$id}Or${receipt.$id}`,
    description: `${resource.description} A receipt for a token without the scope to read it.`,
    anyOf: [ref(resource), ref(receipt)],
  })

/** Names the schema of an answer that may be a receipt. A symbol, as serializers are made for the resource alone. */
export const receiptOf = Symbol('receipt')

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
