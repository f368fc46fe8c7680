/** An OpenAPI document, as far as its common parts are added here. */
export interface Document {
  tags?: { name: string }[]
  components: { schemas: Record<string, Schema>; [kind: string]: Record<string, unknown> }
  paths: Record<string, Record<string, Operation>>
}
export interface Operation {
  operationId?: string
  tags?: string[]
  parameters?: unknown[]
  requestBody?: { required?: boolean; content: Record<string, Media> }
  responses: Record<string, Response>
}
export interface Response {
  description?: string
  headers?: object
  content?: Record<string, Media>
}
export interface Media {
  schema: Schema
  example?: unknown
  examples?: Record<string, unknown>
}
export type Schema = { [keyword: string]: unknown } & { $ref?: string; title?: string; type?: string | string[] }

/** A record with each value changed. */
export function mapped<T, U>(record: Record<string, T>, change: (key: string, value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(key, value)]))
}
