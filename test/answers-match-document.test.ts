import { Type } from '@sinclair/typebox'
import Fastify from 'fastify'
import t from 'tap'
import problems from '../plugins/problems.ts'
import { nullable } from '../src/http/typebox.ts'
import { checkAnswers } from './answers-match-document.ts'
import type { App } from './helper.ts'
import { openapiAlone } from './openapi-alone.ts'

interface Lie {
  status?: number
  headers?: Record<string, string>
  body?: unknown
}

/** A server whose document promises an object with a name, and which answers with whatever the request says. */
async function liar() {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(problems)
  await openapiAlone(app)
  const thing = Type.Object({ name: Type.String({ maxLength: 4 }), on: nullable(Type.String({ format: 'date' })) })
  const unheard = { content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } } }
  const response = { 200: thing, 201: thing, 204: Type.Null(), 401: { description: 'Who?', ...unheard } }
  app.post<{ Body: Lie }>('/things/:id', { schema: { response } }, async (request, reply) => {
    const { status = 200, headers = {}, body } = request.body
    // Text bypasses the serializer, as cached lists do.
    reply.code(status).headers({ 'content-type': 'application/json', ...headers })
    return reply.send(typeof body === 'string' ? body : Buffer.from(JSON.stringify(body)))
  })
  app.get('/broken', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/problem+json').send('{"code":"unheard_of"}'),
  )
  checkAnswers(app as unknown as App)
  app.get('/own', async (_request, reply) => reply.code(418).send('anything'))
  return app
}

const app = await liar()
const ask = (lie: Lie, url = '/things/1') => app.inject({ method: 'POST', url, payload: lie })
const good = { name: 'Tree', on: '2026-03-01' }

t.test('security 31: an answer that the document describes passes', async t => {
  t.strictSame((await ask({ body: good })).json(), good)
  t.equal(
    (await ask({ body: { ...good, on: null }, headers: { 'content-type': 'application/json; x=y' } })).statusCode,
    200,
  )
  t.equal((await ask({ status: 201, headers: { location: '/things/1' }, body: good })).statusCode, 201)
  t.equal((await ask({ status: 204, body: '' })).statusCode, 204)
})

t.test(
  'security 31: an answer that the document does not describe fails the test that saw it, and says why',
  async t => {
    const wrong: [Lie, RegExp][] = [
      [{ status: 202, body: good }, /POST \/things\/\{id\} answered 202, a status that the document does not have/],
      [{ status: 201, body: good }, /without the header Location/],
      [
        { body: good, headers: { 'content-type': 'text/plain' } },
        /as text\/plain, and the document has application\/json/,
      ],
      [{ body: { on: null } }, /body must have required property 'name': \{"on":null\}/],
      [{ body: { ...good, name: 'Trees' } }, /body\/name must NOT have more than 4 characters/],
      [{ body: { ...good, on: '2026-02-30' } }, /body\/on must match format "date"/],
      [{ body: { ...good, secret: 1 } }, /body must NOT have unevaluated properties/],
      [{ status: 401, body: {}, headers: { 'content-type': 'application/problem+json' } }, /header WWW-Authenticate/],
    ]
    for (const [lie, message] of wrong) await t.rejects(ask(lie), { message }, String(message))
    await t.rejects(app.inject('/broken'), { message: /body must have required property/ })
  },
)

t.test('what is not of the document is not judged by it', async t => {
  t.equal((await app.inject('/own')).statusCode, 418)
  t.equal((await app.inject('/nowhere')).json().code, 'not_found')
  t.equal((await app.inject({ method: 'OPTIONS', url: '/things/1' })).statusCode, 405)
})
