import { type TSchema, Type } from '@sinclair/typebox'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { withExamples } from '../src/http/openapi/examples.ts'
import { openapiAlone } from './openapi-alone.ts'

async function documented(t: Test) {
  const app = Fastify()
  t.teardown(() => app.close())
  await openapiAlone(app)
  return app
}

t.test('a schema says the limits that follow from its format or bounds, and its own word goes before', async t => {
  const app = await documented(t)
  const thing = Type.Object({
    small: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 }),
    large: Type.Integer({ minimum: 0, maximum: 2 ** 31 }),
    boundless: Type.Integer(),
    day: Type.String({ format: 'date', examples: [{ type: 'integer' }] }),
    short: Type.String({ format: 'uuid', maxLength: 8 }),
    text: Type.String(),
  })
  app.get('/things/:id/parts', { schema: { operationId: 'partsOfThing', response: { 200: thing } } }, async () => ({}))
  app.get('/things/:id', { schema: { operationId: 'getThing', response: { 200: thing } } }, async () => ({}))
  const { paths, components } = (await app.inject('/openapi.json')).json()
  t.equal(paths['/things/{id}/parts'].get.operationId, 'partsOfThing')
  t.strictSame(paths['/things/{id}'].get.responses[200], { $ref: '#/components/responses/DefaultResponse' })
  t.strictSame(components.responses.DefaultResponse.content['application/json'].schema.properties, {
    small: { type: 'integer', format: 'int32', minimum: 0, maximum: 2 ** 31 - 1 },
    large: { type: 'integer', format: 'int64', minimum: 0, maximum: 2 ** 31 },
    boundless: { type: 'integer', format: 'int64' },
    day: { type: 'string', format: 'date', maxLength: 10, examples: [{ type: 'integer' }] },
    short: { type: 'string', format: 'uuid', maxLength: 8 },
    text: { type: 'string' },
  })
})

t.test('an answer without a name keeps its description; the page works without a sign-up', async t => {
  const app = await documented(t)
  const thing = Type.Object({ text: Type.String() }, { description: 'A thing.' })
  app.get('/thing', { schema: { response: { 200: thing } } }, async () => ({}))
  const { paths } = (await app.inject('/docs/json')).json()
  t.match(paths['/thing'].get.responses[200], {
    description: 'A thing.',
    content: { 'application/json': { schema: { type: 'object', description: 'A thing.' } } },
  })
})

t.test('two different schemas cannot have one name', async t => {
  const app = await documented(t)
  const titled = (type: TSchema) => Type.Object({ value: type }, { title: 'Thing' })
  app.get('/one', { schema: { response: { 200: titled(Type.String()) } } }, async () => ({}))
  app.get('/two', { schema: { response: { 200: titled(Type.Integer()) } } }, async () => ({}))
  await app.ready()
  t.throws(() => app.swagger(), /two schemas named Thing/)
})

t.test('a component that is an object gets an example made of its parts; another stays as it is', t => {
  const kind = { type: 'string', enum: ['a', 'b'] }
  const schemas = {
    Kind: kind,
    Empty: { type: 'object' },
    Thing: {
      type: 'object',
      properties: { always: { const: 7 }, kind: { $ref: '#/components/schemas/Kind' }, empty: { type: 'object' } },
    },
  }
  const { components } = withExamples({ paths: {}, components: { schemas } })
  t.strictSame(components.schemas.Kind, kind)
  t.strictSame(components.schemas.Empty?.examples, [{}])
  t.strictSame(components.schemas.Thing?.examples, [{ always: 7, kind: 'a', empty: {} }])
  t.end()
})

t.test('answers in the same words are one component; another answer in those words stays where it is', async t => {
  const app = await documented(t)
  const gone = { 204: Type.Null({ description: 'All gone.' }) }
  const route = { schema: { response: gone } }
  app.delete('/one', route, async () => null)
  app.delete('/two', route, async () => null)
  const other = { 200: Type.Object({ text: Type.String() }, { description: 'All gone.' }) }
  app.delete('/three', { schema: { response: other } }, async () => ({}))
  app.delete('/four', { schema: { response: other } }, async () => ({}))
  app.delete('/five', { schema: { response: { 204: Type.Null({ description: '' }) } } }, async () => null)
  const { paths, components } = (await app.inject('/openapi.json')).json()
  const shared = { $ref: '#/components/responses/AllGone' }
  t.strictSame([paths['/one'], paths['/two']], Array(2).fill({ delete: { responses: { 204: shared } } }))
  t.match(paths['/three'].delete.responses[200], { description: 'All gone.' })
  t.equal(components.responses.AllGone.description, 'All gone.')
})
