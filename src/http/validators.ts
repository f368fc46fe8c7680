import { _, Ajv, type AnySchema, type Options, type ValidateFunction } from 'ajv'
import type { AnySchemaObject, DataValidationCxt } from 'ajv/dist/types/index.js'
import addFormats from 'ajv-formats'
import { isTimezone, parseDay } from '../moods/calendar.ts'
import { parseInstant } from '../moods/written-instant.ts'
import { readZone } from '../moods/zones.ts'
import { isHttpsUrl } from '../profile/social-links.ts'
import { isBlank, tidy, tidyLines } from '../short-text.ts'
import { isUsername } from '../users/users.ts'

/**
 * Builds the validators of requests. An option of the server, not a call of `setValidatorCompiler`: Fastify forgets
 * that one in every plugin that adds a schema.
 */
export function buildValidator() {
  // Fastify types its argument as a bare schema; it also has the part of the request that it is for.
  return (route: AnySchema) => {
    const { schema, httpPart, contentType } = route as { schema: AnySchema; httpPart: string; contentType?: string }
    // A body that is not JSON stays bytes: its schema describes a file, and its route checks it.
    if (contentType !== undefined) return compiledOnce(lenient, {})
    return httpPart === 'body' ? compiledOnce(strict, schema) : compiledOnce(lenient, schema)
  }
}

/** The validator of a schema: one for all that say the same, of whatever route and app. */
function compiledOnce(compilers: Compilers, schema: AnySchema): ValidateFunction {
  const text = JSON.stringify(schema)
  const validate = compilers.made.get(text) ?? validatorOf(compilers, tidying(schema))
  compilers.made.set(text, validate)
  return validate
}

/**
 * Compiled for the first request that needs it: a start has many, and most processes use a few.
 *
 * Stops at the first error, of which lengths and numbers of items come before what is inside: half a megabyte of `1,1,1`
 * is refused at once. Only what is invalid and of an ordinary size is validated again for all of its errors.
 */
function validatorOf({ first, all }: Compilers, schema: AnySchema) {
  let isValid: ValidateFunction | undefined
  let collect: ValidateFunction | undefined
  const validate = (data: unknown) => {
    isValid ??= first.compile(schema)
    validate.errors = null
    if (isValid(data)) return true
    validate.errors = isValid.errors
    if (isOrdinary(data)) {
      collect ??= all.compile(schema)
      collect(data)
      validate.errors = collect.errors
    }
    return false
  }
  validate.errors = null as ValidateFunction['errors']
  // Fastify types what Ajv makes; it calls it and reads `errors`.
  return validate as ValidateFunction
}

/** Values in a request whose errors are all collected, at most: twice what the longest sequence of poses has. */
const maxOrdinaryValues = 5_000
/** The longest text in such a request, in UTF-16 units: the longest note in characters of two units each. */
const maxOrdinaryText = 20_000

/** True if there are not too many values in it, and no text that is far too long. */
function isOrdinary(data: unknown): boolean {
  const open = [data]
  let left = maxOrdinaryValues
  for (const value of open) {
    if (typeof value === 'string' && value.length > maxOrdinaryText) return false
    if (typeof value !== 'object' || value === null) continue
    const inside = Object.values(value)
    left -= inside.length
    if (left < 0) return false
    open.push(...inside)
  }
  return true
}

const tidied = 'tidied'
/** What is sent in these formats is tidied before it is checked. */
const tidiers = new Map(
  Object.entries({ label: tidy, 'short-text': tidy, username: tidy, email: tidy, 'short-lines': tidyLines }),
)

// One of each per process: Fastify asks for a compiler per plugin that adds a schema.
const strict = validators({ coerceTypes: false })
const lenient = validators({ coerceTypes: true })

interface Compilers {
  first: Ajv
  all: Ajv
  /** By the JSON of their schema. */
  made: Map<string, ValidateFunction>
}

function validators(options: Options): Compilers {
  const [first, all] = [false, true].map(allErrors => validator({ ...options, allErrors })) as [Ajv, Ajv]
  return { first, all, made: new Map() }
}

function validator(options: Options): Ajv {
  const ajv = new Ajv({
    ...options,
    removeAdditional: false,
    useDefaults: true,
    allowUnionTypes: true,
    // The meta-schema costs more than all schemas of the routes; the tests hold the OpenAPI document against it.
    validateSchema: false,
  })
  addOwnFormats(ajv)
  // Ajv's own counts all characters of a text that is a thousand times too long.
  ajv.removeKeyword('maxLength')
  ajv.addKeyword({
    keyword: 'maxLength',
    type: 'string',
    schemaType: 'number',
    // And so before the formats.
    before: 'minLength',
    compile: (limit: number) => (text: string) => isWithin(limit, text),
    error: {
      message: ({ schemaCode }) => _`"must NOT have more than " + ${schemaCode} + " characters"`,
      params: ({ schemaCode }) => _`{limit: ${schemaCode}}`,
    },
  })
  ajv.addKeyword({
    keyword: tidied,
    type: 'string',
    modifying: true,
    // Space that is taken away does not count as characters, unless there is more of it than anybody types.
    before: 'maxLength',
    validate: (format: string, text: string, schema?: AnySchemaObject, place?: DataValidationCxt) => {
      if (text.length > 2 * schema?.maxLength + maxSpace) return true
      const { parentData, parentDataProperty } = place as DataValidationCxt
      Object.assign(parentData, { [parentDataProperty]: tidiers.get(format)?.(text) })
      return true
    },
  })
  return ajv
}

/** Characters of space that are taken away in and around a short text: with more, it is refused as too long unread. */
const maxSpace = 1_000

/** True for at most so many characters, of one or two units each; they are counted only where that matters. */
function isWithin(limit: number, text: string): boolean {
  return text.length <= limit || (text.length <= 2 * limit && [...text].length <= limit)
}

/** A schema that tidies the short texts in it; the same object where there are none. */
function tidying<T>(schema: T): T {
  if (typeof schema !== 'object' || schema === null) return schema
  if (Array.isArray(schema)) {
    const items = schema.map(tidying)
    return items.every((item, i) => item === schema[i]) ? schema : (items as T)
  }
  const parts = Object.entries(schema).map(([key, part]) => [key, tidying(part)] as const)
  const format = 'format' in schema ? (schema.format as string) : ''
  const isShort = tidiers.has(format)
  if (!isShort && parts.every(([key, part]) => part === (schema as Record<string, unknown>)[key])) return schema
  return { ...Object.fromEntries(parts), ...(isShort && { [tidied]: format }) } as T
}

function isVisible(text: string): boolean {
  return !isBlank(text)
}

/**
 * The formats of our schemas. `label` and `visible` must not be blank; `visible` is left as it was sent, because its domain
 * tidies it and compares retries with both spellings.
 */
export function addOwnFormats(ajv: Ajv): void {
  addFormats.default(ajv, ['email'])
  ajv.addFormat('uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
  ajv.addFormat('date', text => parseDay(text) !== undefined)
  ajv.addFormat('date-time', text => parseInstant(text) !== undefined)
  ajv.addFormat('timezone', text => isTimezone(text) || readZone(text) !== undefined)
  ajv.addFormat('written-instant', text => parseInstant(text, 'UTC') !== undefined)
  ajv.addFormat('username', isUsername)
  ajv.addFormat('https-url', isHttpsUrl)
  ajv.addFormat('label', isVisible)
  ajv.addFormat('visible', isVisible)
  ajv.addFormat('short-text', true)
  ajv.addFormat('short-lines', true)
}
