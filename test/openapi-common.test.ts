import { Type } from '@sinclair/typebox'
import Fastify from 'fastify'
import t from 'tap'
import openapi from '../plugins/openapi.ts'

t.test('a schema says the limits that follow from its format or bounds, and its own word goes before', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(openapi, { version: '1' })
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
  const { paths } = (await app.inject('/openapi.json')).json()
  t.equal(paths['/things/{id}/parts'].get.operationId, 'partsOfThing')
  t.strictSame(paths['/things/{id}'].get.responses[200].content['application/json'].schema.properties, {
    small: { type: 'integer', format: 'int32', minimum: 0, maximum: 2 ** 31 - 1 },
    large: { type: 'integer', format: 'int64', minimum: 0, maximum: 2 ** 31 },
    boundless: { type: 'integer', format: 'int64' },
    day: { type: 'string', format: 'date', maxLength: 10, examples: [{ type: 'integer' }] },
    short: { type: 'string', format: 'uuid', maxLength: 8 },
    text: { type: 'string' },
  })
})
