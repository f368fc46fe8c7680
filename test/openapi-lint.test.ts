import { createConfig, lintFromString } from '@redocly/openapi-core'
import spectral from '@stoplight/spectral-core'
import owasp from '@stoplight/spectral-owasp-ruleset'
import rulesets from '@stoplight/spectral-rulesets'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { build } from './helper.ts'

/** The findings of a linter: rule and place. Warnings too, because a growing list of them is not read. */
type Complaints = string[]

interface Operation {
  security?: unknown
  operationId?: string
  requestBody?: { content: Record<string, { example?: unknown }> }
}

interface Document {
  servers: Record<string, unknown>[]
  paths: Record<string, Record<string, Operation>>
  components: {
    headers: Record<string, { example?: unknown; schema: object }>
    schemas: Record<string, { properties: Record<string, Record<string, unknown>> }>
  }
}

const linter = new spectral.Spectral()
// Each package has types of its own version of the core.
const extended = [rulesets.oas, owasp] as unknown as spectral.RulesetDefinition[]
linter.setRuleset({
  extends: extended,
  rules: {
    // The server is self-hosted: its operator's contact is not known here.
    'info-contact': 'off',
    // Names, notes and tags are in any language: a pattern that accepts all of them would be void.
    'owasp:api4:2023-string-restricted': 'off',
    // Admins sign in like everyone else; only their role differs, and it is read with every request.
    'owasp:api5:2023-admin-security-unique': 'off',
    // OpenAPI 3.1 lets every scheme name scopes; the rule knows only those of OAuth. Redocly sees to the schemes.
    'oas3-operation-security-defined': 'off',
    // It compiles the schema of each of a thousand examples anew, two thirds of all. Redocly sees to those of bodies and answers,
    // and a test below to those of headers.
    'oas3-valid-media-example': 'off',
    // Where no credential is taken there is no 401; openapi.test.ts checks that there is one wherever one is needed.
    'owasp:api8:2023-define-error-responses-401': 'off',
  },
})

/** The OpenAPI rules and those for OWASP's API risks. */
async function lintWithSpectral(document: Document): Promise<Complaints> {
  const found = await linter.run(structuredClone(document) as unknown as Record<string, unknown>)
  return found.map(({ code, path }) => `${code} ${path.join('.')}`)
}

async function lintWithRedocly(document: Document): Promise<Complaints> {
  const config = await createConfig({
    extends: ['recommended'],
    // Redirects to a provider and back have no success answer.
    rules: { 'operation-2xx-response': 'off' },
  })
  const found = await lintFromString({ source: JSON.stringify(document), absoluteRef: '/openapi.json', config })
  return found.map(({ ruleId, location }) => `${ruleId} ${location[0]?.pointer}`)
}

const { app } = await build(t)
const document: Document = (await app.inject('/openapi.json')).json()

/** The document with an error in it. */
function spoilt(spoil: (copy: Document) => void): Document {
  const copy = structuredClone(document)
  spoil(copy)
  return copy
}

t.test('security 31: Spectral finds nothing wrong with the document, also by the rules of OWASP', async t => {
  t.strictSame(await lintWithSpectral(document), [])
})

t.test('Spectral does find what is wrong', async t => {
  const found = await lintWithSpectral(
    spoilt(copy => {
      const { '/mood': mood = {} } = copy.paths
      // The rest of the document would take as long again and test nothing more.
      copy.paths = { '/mood': mood }
      delete copy.components.schemas.Profile?.properties.username?.maxLength
      delete mood.post?.security
      delete mood.get?.operationId
    }),
  )
  t.ok(found.includes('owasp:api4:2023-string-limit components.schemas.Profile.properties.username'))
  t.ok(found.includes('owasp:api2:2023-write-restricted paths./mood.post'))
  t.ok(found.includes('operation-operationId paths./mood.get'))
})

/** `imports` is no id of a mood: those are UUIDs. */
const unambiguous = ['mood', 'tasks', 'practices'].map(kind => `no-ambiguous-paths #/paths/~1${kind}~1imports~1{id}`)
const redocly = async (checked: Document) =>
  (await lintWithRedocly(checked)).filter(problem => !unambiguous.includes(problem))

t.test('security 31: Redocly finds nothing wrong with the document', async t => {
  t.strictSame(await redocly(document), [])
})

t.test('Redocly does find what is wrong', async t => {
  const found = await redocly(
    spoilt(copy => {
      const { '/mood': mood = {} } = copy.paths
      copy.paths = { '/mood': mood }
      delete mood.post?.security
      Object.assign(mood.post?.requestBody?.content['application/json'] as object, { example: { mood: [] } })
      Object.assign(copy.servers[0] as object, { url: 'https://example.com' })
    }),
  )
  const rules = ['no-server-example.com #/servers/0/url', 'security-defined #/paths/~1mood/post']
  for (const rule of rules) t.ok(found.includes(rule), rule)
  t.ok(found.some(problem => problem.startsWith('no-invalid-media-type-examples #/paths/~1mood/post/requestBody/')))
})

t.test('the examples of headers are as their schemas say', async t => {
  const ajv = new Ajv2020({ strict: false })
  const examples = Object.entries(document.components.headers).filter(([, { example }]) => example !== undefined)
  t.ok(examples.length > 0)
  for (const [name, { schema, example }] of examples) t.equal(ajv.validate(schema, example), true, name)
  t.notMatch(JSON.stringify(document.paths), /"headers":\{"[\w-]+":\{"(?!\$ref)/, 'each header is a component')
})
