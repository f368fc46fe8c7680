import { Ajv, type AnySchema, type Options } from 'ajv'
import addFormats from 'ajv-formats'
import { isTimezone, parseDay, parseInstant } from '../moods/calendar.ts'
import { isHttpsUrl } from '../profile/social-links.ts'
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
    if (contentType !== undefined) return lenient.compile({})
    return (httpPart === 'body' ? strict : lenient).compile(schema)
  }
}

// One of each per process: Fastify asks for a compiler per plugin that adds a schema, and each Ajv compiles its own
// meta-schema first, which costs more than all schemas of the routes.
const strict = validator({ coerceTypes: false })
const lenient = validator({ coerceTypes: true })

function validator(options: Options): Ajv {
  const ajv = new Ajv({
    ...options,
    allErrors: true,
    removeAdditional: false,
    useDefaults: true,
    allowUnionTypes: true,
  })
  addOwnFormats(ajv)
  return ajv
}

/** The formats of our schemas. */
export function addOwnFormats(ajv: Ajv): void {
  addFormats.default(ajv, ['email'])
  ajv.addFormat('uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
  ajv.addFormat('date', text => parseDay(text) !== undefined)
  ajv.addFormat('date-time', text => parseInstant(text) !== undefined)
  ajv.addFormat('timezone', isTimezone)
  ajv.addFormat('username', isUsername)
  ajv.addFormat('https-url', isHttpsUrl)
  ajv.addFormat('label', text => text.trim() !== '')
}
