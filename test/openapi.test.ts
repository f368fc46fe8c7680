import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import t from 'tap'
import { addOwnFormats } from '../src/http/validators.ts'
import { userStore } from '../src/users/users.ts'
import { build, grant, type Person, signUp } from './helper.ts'
import { mailbox } from './mailbox.ts'
import { browser, pkce } from './oauth/browser.ts'
import { standIn } from './oauth/stand-in.ts'

interface Operation {
  summary?: string
  description?: string
  tags?: string[]
  security?: Record<string, string[]>[]
  operationId?: string
  requestBody?: { required: boolean; content: Record<string, { example?: unknown; schema: Named }> }
  parameters?: (Named & { name: string; in: string; example?: unknown; description?: string })[]
  responses: Record<string, Answer>
}
interface Named {
  $ref?: string
}
interface Answer extends Named {
  description: string
  headers?: Record<string, Named>
  content?: Record<string, { schema: Named }>
}
interface Component {
  additionalProperties?: boolean
  examples?: unknown[]
}

interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: Record<string, unknown>; schemas: Record<string, Component> }
}

const box = await mailbox(t)
const idp = await standIn(t)
const { app, database } = await build(t, {
  env: { SMTP_URL: box.url, OAUTH_REDIRECTS: '/,moodapp://signed-in', ...idp.env('IDP') },
})
const document = (await app.inject('/openapi.json')).json() as Document
const person = await signUp(app, 'noor-of-the-document')
const badBodies: [string, string][] = [
  ['text/plain', 'x'],
  ['application/json', '{'],
  ['application/json', `"${'x'.repeat(200 * 1024)}"`],
]
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    path,
    method,
    operation,
  })),
)

/** The target of a possible reference. */
function resolved<T extends Named>(there: T): T {
  const names = there.$ref?.split('/').slice(1) ?? []
  return names.reduce((part, name) => (part as Record<string, unknown>)[name], document as unknown) as T
}
const described = <T extends Named>(there: T): T => (there.$ref ? resolved(there) : there)
const componentOf = ({ $ref = '' }: Named) => document.components.schemas[$ref.split('/').at(-1) ?? '']

t.test('the document is valid OpenAPI 3.1', async t => {
  const result = await new Validator().validate({ ...structuredClone(document) })
  t.strictSame(result.valid ? [] : result.errors, [])
  t.equal(document.openapi, '3.1.0')
  t.strictSame(Object.keys(document.components.securitySchemes).sort(), ['bearer', 'cookie'])
})

for (const { name, path, method, operation } of operations) {
  t.test(`${name} is described for people and programs`, async t => {
    t.ok(operation.summary && operation.description && operation.tags?.length === 1)
    for (const [status, answer] of Object.entries(operation.responses)) {
      const { description, content } = described(answer)
      t.not(description, 'Default Response', status)
      if (Number(status) >= 400) t.match(content?.['application/problem+json']?.schema, { $ref: /Problem$/ }, status)
    }
    t.ok('500' in operation.responses && '503' in operation.responses && '400' in operation.responses)
    for (const parameter of (operation.parameters ?? []).map(described)) {
      t.ok(parameter.description, parameter.name)
      t.notOk(parameter.example, `${parameter.name}: Swagger UI would fill an example into every request`)
    }
  })

  t.test(`${name} refuses strangers exactly when it says so`, async t => {
    const answer = await app.inject({
      method: method as 'get',
      url: path.replace('{id}', crypto.randomUUID()).replace('{position}', '1'),
      payload: {},
    })
    const open = operation.security?.some(scheme => Object.keys(scheme).length === 0) ?? true
    t.equal(answer.statusCode === 401, !open)
    t.equal('401' in operation.responses && !path.match(/login|refresh|oauth/), !open)
  })
}

t.test('what a body can do wrong is in the document, also where none is wanted', async t => {
  // Whether it is in the document, `build` checks of every answer.
  for (const { path, method, name } of operations) {
    const headers = { authorization: `Bearer ${person.token}` }
    const request = { method: method as 'get', url: path.replace('{id}', crypto.randomUUID()) }
    for (const [type, payload] of badBodies) {
      const answer = await app.inject({ ...request, headers: { ...headers, 'content-type': type }, payload })
      t.ok(answer.statusCode < 500, `${name}: ${type}`)
    }
  }
})

t.test('every example body works as it stands with "Try it out"', async t => {
  await addDemo()
  // Secrets of this server, which cannot be in an example.
  const secrets: Record<string, (maya: Person, name: string) => Promise<object>> = {
    '/refresh': async maya => ({ refresh_token: maya.refreshToken }),
    '/account/email/verification/confirm': async (maya, name) => {
      await maya.post('/account/email/verification', undefined)
      return { code: await box.nextCode(`${name}@example.org`) }
    },
    '/oauth/exchange': async (_maya, sub) => {
      const { verifier, challenge } = pkce()
      const { headers } = await browser(app).signIn(
        idp,
        'idp',
        { sub },
        {
          redirect_to: 'moodapp://signed-in',
          code_challenge: challenge,
        },
      )
      return { code: new URL(String(headers.location)).searchParams.get('code'), code_verifier: verifier }
    },
    '/password/reset': async (_maya, username) => {
      await app.inject({ method: 'POST', url: '/password/forgot', payload: { username } })
      return { code: await box.nextCode(`${username}@example.org`) }
    },
  }
  const idsOf: Record<string, (maya: Person, name: string) => Promise<string>> = {
    '/account/identities/{id}': async (maya, sub) => {
      const window = browser(app)
      window.cookies.moodstreak_session = maya.cookie.replace('moodstreak_session=', '')
      await window.signIn(idp, 'idp', { sub }, { link: '1' })
      return (await maya.get('/account/identities')).json().identities[0].id
    },
  }
  const withBody = operations.filter(({ operation }) => operation.requestBody?.content['application/json'])
  t.ok(withBody.length >= 5)
  for (const [n, { name, path, method, operation }] of withBody.entries()) {
    // A new user each time, because some of them change or delete it.
    const username = `someone-${n}`
    const maya = await signUp(app, username, { email: `${username}@example.org`, role: 'instructor' })
    const { mood } = (await maya.post('/mood', { mood: 5 })).json()
    await maya.post('/tasks', { title: 'to be changed', id: mood.id })
    const pose = (await maya.post('/poses', { name: 'To be changed' })).json()
    const sequence = (await maya.post('/sequences', { title: 'To be changed', poses: [{ pose_id: 'cat' }] })).json()
    const practice = (await maya.post(`/sequences/${sequence.id}/practices`, {})).json()
    const ids: Record<string, string> = { poses: pose.id, sequences: sequence.id, practices: practice.id }
    const { example, schema } = operation.requestBody?.content['application/json'] ?? { schema: {} }
    t.equal(componentOf(schema)?.additionalProperties, false, `${name} refuses unknown fields`)
    const payload = { ...(example as object), ...(await secrets[path]?.(maya, username)) }
    t.ok(example || path in secrets, `${name} has an example`)
    // Admins act on another user: the one of this test.
    const isAdmins = path.startsWith('/admin/')
    if (isAdmins) await grant(app, maya.id, 'admin')
    const answer = await app.inject({
      method: method as 'post',
      url: path
        .replace(
          '{id}',
          (await idsOf[path]?.(maya, username)) ?? (isAdmins ? person.id : (ids[path.split('/')[1] ?? ''] ?? mood.id)),
        )
        .replace('{position}', '1'),
      payload,
      headers: operation.security?.some(scheme => 'bearer' in scheme) ? { authorization: `Bearer ${maya.token}` } : {},
    })
    t.ok(answer.statusCode < 300, `${name}: ${answer.body}`)
  }
})

/** The demo account, created as by the seed: its password would be refused at sign-up. */
async function addDemo() {
  const passwordHash = await app.passwords.hash('password')
  const nothing = { email: 'demo@example.org', firstName: null, lastName: null, timezone: null }
  const demo = { ...nothing, username: 'demo', role: 'member' as const, passwordHash }
  await database.atomic(userStore(database).create(demo, app.now()).writes)
}

t.test('Swagger UI is served under a policy that lets it run, also over plain http', async t => {
  const page = await app.inject('/docs')
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], /html/)
  t.match(page.headers['content-security-policy'], /default-src 'none'; script-src 'self';/)
  t.notMatch(page.headers['content-security-policy'], /unsafe/)
  t.match(page.body, /<meta name="viewport"/)
  const names = await Promise.all([1, 2].map(async () => (await app.inject('/docs/json')).json()))
  t.not(
    names[0].components.schemas.SignUp.examples[0].username,
    names[1].components.schemas.SignUp.examples[0].username,
  )
  t.strictSame(Object.keys(names[0].components.securitySchemes), ['bearer'])
  t.notMatch(page.headers['content-security-policy'], /upgrade-insecure-requests/)
  t.match((await app.inject('/health')).headers['content-security-policy'], /default-src 'none'/)
})

t.test('the document as YAML is written once, not for every request', async t => {
  const [first, second] = [await app.inject('/docs/yaml'), await app.inject('/docs/yaml')]
  t.match(first.headers['content-type'], /yaml/)
  t.match(first.body, /^openapi: 3\.1\.0\ninfo:\n {2}title: moodstreak\n/)
  t.equal(first.body, app.swagger({ yaml: true }))
  t.equal(second.body, first.body)
})

t.test('every operation has a name of its own, in camelCase', async t => {
  const names = operations.map(({ operation }) => operation.operationId ?? '')
  t.equal(new Set(names).size, names.length)
  for (const name of names) t.match(name, /^[a-z]+([A-Z][a-z]+)+$/)
  for (const name of ['signUp', 'signIn', 'logMood', 'listMoods', 'signOutElsewhere', 'reorderSequence'])
    t.ok(names.includes(name), name)
})

t.test('every body, and every answer in JSON, is a component with a name and a whole example that fits', async t => {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false })
  addOwnFormats(ajv)
  ajv.addSchema(document, 'document')
  // Most of them are shared, and validators are slow to compile.
  const validators = new Map<string, ValidateFunction>()
  const validatorOf = (schema: string) => {
    const found = validators.get(schema) ?? ajv.compile({ $ref: `document${schema}` })
    validators.set(schema, found)
    return found
  }
  for (const { name, operation } of operations) {
    const answers = Object.values(operation.responses).map(described)
    for (const { content = {} } of [operation.requestBody ?? {}, ...answers] as Pick<Answer, 'content'>[]) {
      const { schema } = content['application/json'] ?? content['application/problem+json'] ?? {}
      if (!schema) continue
      t.match(schema.$ref, /^#\/components\/schemas\/[A-Z]\w+$/, name)
      const [example] = componentOf(schema)?.examples ?? []
      const validate = validatorOf(String(schema.$ref))
      t.ok(validate(example), `${name} ${schema.$ref} ${ajv.errorsText(validate.errors)}`)
    }
  }
})

t.test('who reads 304 finds If-None-Match among the parameters, and ETag among the headers', async t => {
  const revalidating = operations.filter(({ operation }) => '304' in operation.responses)
  t.ok(revalidating.length >= 5)
  for (const { name, operation } of revalidating) {
    t.ok(
      operation.parameters?.map(described).some(parameter => parameter.name === 'If-None-Match'),
      name,
    )
    for (const status of ['200', '304']) {
      const { headers } = described(operation.responses[status] as Answer)
      t.ok(headers?.ETag, `${name} ${status}`)
    }
  }
})

t.test('what a personal access token needs stands with the operation', async t => {
  const needs = Object.fromEntries(operations.map(({ name, operation }) => [name, operation.security?.[0]?.bearer]))
  t.strictSame(needs['POST /mood'], ['mood:write'])
  t.strictSame(needs['GET /sessions'], [])
  t.strictSame(needs['POST /sequences/{id}/copy'], ['sequences:write', 'practices:write'])
})

t.test('the document stays small, and begins with what one needs first', async t => {
  // 250 KB were meant for 79 operations (docs/decisions/size-of-the-openapi-document.md): as much for each of those that came later.
  t.ok(JSON.stringify(document).length <= (250_000 / 79) * operations.length)
  t.strictSame(Object.keys(document.paths).slice(0, 2), ['/signup', '/login'])
  const names = operations.map(({ operation }) => operation.operationId)
  t.equal(names.indexOf('listMoods'), names.indexOf('logMood') + 1)
})
