import { Validator } from '@seriousme/openapi-schema-validator'
import t from 'tap'
import { build, signUp } from './helper.ts'

interface Operation {
  summary?: string
  description?: string
  tags?: string[]
  security?: Record<string, string[]>[]
  requestBody?: { content: Record<string, { example?: unknown; schema: { additionalProperties?: boolean } }> }
  parameters?: { name: string; in: string; example?: unknown; description?: string }[]
  responses: Record<string, { description: string; content?: Record<string, { schema: { $ref?: string } }> }>
}

interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: Record<string, unknown> }
}

const { app } = await build(t)
const document = (await app.inject('/openapi.json')).json() as Document
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    path,
    method,
    operation,
  })),
)

t.test('the document is valid OpenAPI 3.1', async t => {
  const result = await new Validator().validate({ ...structuredClone(document) })
  t.strictSame(result.valid ? [] : result.errors, [])
  t.equal(document.openapi, '3.1.0')
  t.strictSame(Object.keys(document.components.securitySchemes).sort(), ['bearer', 'cookie'])
})

for (const { name, path, method, operation } of operations) {
  t.test(`${name} is described for people and programs`, async t => {
    t.ok(operation.summary && operation.description && operation.tags?.length === 1)
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      t.not(description, 'Default Response', status)
      if (Number(status) >= 400) t.match(content?.['application/problem+json']?.schema, { $ref: /Problem$/ }, status)
    }
    t.ok('500' in operation.responses && '503' in operation.responses && '400' in operation.responses)
    for (const parameter of operation.parameters ?? []) {
      t.ok(parameter.description, parameter.name)
      t.notOk(parameter.example, `${parameter.name}: Swagger UI would fill an example into every request`)
    }
  })

  t.test(`${name} refuses strangers exactly when it says so`, async t => {
    const answer = await app.inject({
      method: method as 'get',
      url: path.replace('{id}', crypto.randomUUID()),
      payload: {},
    })
    const open = operation.security?.some(scheme => Object.keys(scheme).length === 0) ?? true
    t.equal(answer.statusCode === 401, !open)
    t.equal('401' in operation.responses && !path.match(/login|refresh/), !open)
  })
}

t.test('every example body works as it stands with "Try it out"', async t => {
  const maya = await signUp(app, 'someone')
  await app.inject({ method: 'POST', url: '/signup', payload: { username: 'demo', password: 'password' } })
  const { mood } = (await maya.post('/mood', { mood: 5 })).json()
  const withBody = operations.filter(({ operation }) => operation.requestBody)
  t.ok(withBody.length >= 5)
  for (const { name, path, method, operation } of withBody) {
    const { example, schema } = operation.requestBody?.content['application/json'] ?? { schema: {} }
    t.equal(schema.additionalProperties, false, `${name} refuses unknown fields`)
    const payload = (path === '/refresh' ? { refresh_token: maya.refreshToken } : example) as object
    t.ok(payload, `${name} has an example`)
    const answer = await app.inject({
      method: method as 'post',
      url: path.replace('{id}', mood.id),
      payload,
      headers: operation.security?.some(scheme => 'bearer' in scheme) ? { authorization: `Bearer ${maya.token}` } : {},
    })
    t.ok(answer.statusCode < 300, `${name}: ${answer.body}`)
  }
})

t.test('Swagger UI is served under a policy that lets it run, also over plain http', async t => {
  const page = await app.inject('/docs')
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], /html/)
  t.match(page.headers['content-security-policy'], /default-src 'self'/)
  t.notMatch(page.headers['content-security-policy'], /upgrade-insecure-requests/)
  t.match((await app.inject('/health')).headers['content-security-policy'], /default-src 'none'/)
})
