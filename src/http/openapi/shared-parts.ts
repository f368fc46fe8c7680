import { isDeepStrictEqual } from 'node:util'
import { type Document, type Media, mapped, type Operation, type Response, type Schema } from './document.ts'

/** Moves into `components` what many operations have in common: bodies and answers with a name, and errors. */
export function withSharedParts(document: Document): Document {
  const schemas = { ...document.components.schemas }
  const responses: Record<string, Response> = {}
  const examples: Record<string, unknown> = {}

  /** A schema with a `title` stands among the components under that name. */
  function named(media: Media): Media {
    const { title, ...schema } = media.schema
    if (title === undefined) return media
    const { example, ...rest } = media
    const component: Schema = { ...schema, ...(example !== undefined && { examples: [example] }) }
    if (schemas[title] && !isDeepStrictEqual(schemas[title], component)) throw new Error(`two schemas named ${title}`)
    schemas[title] = component
    return { ...rest, schema: { $ref: `#/components/schemas/${title}` }, ...(example !== undefined && { example }) }
  }

  const shortNames = new Map<string, string>()
  /** A name for some codes. It stands at every operation that can fail so: that of several codes is a number. */
  function nameOf(codes: readonly string[]): string {
    const name = codes.map(pascal).join('Or')
    if (codes.length > 1 && !shortNames.has(name)) shortNames.set(name, `Errors${shortNames.size + 1}`)
    return shortNames.get(name) ?? name
  }

  const problem = { ...schemas.Problem } as Schema
  /** An answer with errors stands among the components by their codes. */
  function shared(response: Response): Response {
    const media = response.content?.['application/problem+json']
    if (!media?.examples) return withNamed(response)
    const name = nameOf(Object.keys(media.examples))
    const referred = mapped(media.examples, (code, example) => {
      examples[code] = example
      problem.examples ??= [(example as { value: unknown }).value]
      return { $ref: `#/components/examples/${code}` }
    })
    responses[name] = { ...response, content: { 'application/problem+json': { ...media, examples: referred } } }
    return { $ref: `#/components/responses/${name}` } as Response
  }

  function withNamed(response: Response): Response {
    if (!response.content) return response
    // The description belongs to the answer, not to its schema, which other answers may share.
    const content = mapped(response.content, (_, { schema: { description, ...schema }, ...media }) =>
      named({
        ...media,
        schema: schema.title === undefined && description !== undefined ? { ...schema, description } : schema,
      }),
    )
    return { ...response, content }
  }

  function withComponents(operation: Operation): Operation {
    const { requestBody: body } = operation
    const isOptional = Object.values(body?.content ?? {}).some(({ schema }) => [schema.type].flat().includes('null'))
    return {
      ...operation,
      ...(body && {
        requestBody: {
          ...body,
          required: !isOptional,
          content: mapped(body.content, (_, media) => named(media)),
        },
      }),
      responses: mapped(operation.responses, (_, response) => shared(response)),
    }
  }

  const paths = mapped(document.paths, (_path, operations) =>
    mapped(operations, (_method, operation) => withComponents(operation)),
  )
  const components = {
    ...document.components,
    schemas: { ...schemas, ...(schemas.Problem && { Problem: problem }) },
    responses,
    examples,
  }
  return withSharedAnswers(withSharedParameters({ ...document, paths, components }))
}

/** Answers that several operations give in the same words stand among the components, under those words. */
function withSharedAnswers(document: Document): Document {
  const operations = Object.values(document.paths).flatMap(path => Object.values(path))
  const all = operations.flatMap(({ responses }) => Object.values(responses))
  const uses = Map.groupBy(all, textOf)
  const { responses: errors = {} } = document.components
  const responses: Record<string, Response> = {}
  const shared = (response: Response) => {
    const name = pascal((response.description ?? '').replaceAll(/\W+/g, '_').replace(/_$/, ''))
    const text = textOf(response)
    const isOther = name in errors || (name in responses && textOf(responses[name]) !== text)
    if ('$ref' in response || isOther || uses.get(text)?.length === 1) return response
    responses[name] = response
    return { $ref: `#/components/responses/${name}` } as Response
  }
  const paths = mapped(document.paths, (_path, inPath) =>
    mapped(inPath, (_method, operation) => ({
      ...operation,
      responses: mapped(operation.responses, (_, response) => shared(response)),
    })),
  )
  return { ...document, paths, components: { ...document.components, responses: { ...errors, ...responses } } }
}

/** How many operations must have a parameter in common for it to stand among the components. */
const minUses = 3

/** Parameters that many operations have stand among the components: of several with one name the commonest. */
function withSharedParameters(document: Document): Document {
  const operations = Object.values(document.paths).flatMap(path => Object.values(path))
  const uses = Map.groupBy(operations.flatMap(({ parameters = [] }) => parameters).map(textOf), text => text)
  const shared = new Map<string, string>()
  const { parameters: given = {} } = document.components
  const names = new Set(Object.keys(given))
  for (const [text, { length }] of [...uses].sort(([, a], [, b]) => b.length - a.length)) {
    const { name } = JSON.parse(text) as { name?: string }
    if (name === undefined || length < minUses || names.has(pascal(name))) continue
    names.add(pascal(name))
    shared.set(text, pascal(name))
  }
  const referred = (parameter: unknown) => {
    const name = shared.get(textOf(parameter))
    return name === undefined ? parameter : { $ref: `#/components/parameters/${name}` }
  }
  const paths = mapped(document.paths, (_path, inPath) =>
    mapped(inPath, (_method, { parameters, ...operation }) => ({
      ...operation,
      ...(parameters && { parameters: parameters.map(referred) }),
    })),
  )
  const parameters = Object.fromEntries([...shared].map(([text, name]) => [name, JSON.parse(text)]))
  const components = { ...document.components, parameters: { ...given, ...parameters } }
  return { ...document, paths, components }
}

const textOf = (value: unknown): string => JSON.stringify(value)

/** `InvalidToken` for `invalid_token`, `IfMatch` for `if-match`. */
const pascal = (code: string) => code.replace(/(?:^|[_-])(\w)/g, (_, letter: string) => letter.toUpperCase())
