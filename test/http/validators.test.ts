import { Type } from '@sinclair/typebox'
import t from 'tap'
import { buildValidator } from '../../src/http/validators.ts'

const schema = Type.Object(
  {
    title: Type.String({ maxLength: 5 }),
    poses: Type.Array(Type.Object({ id: Type.String() }), { maxItems: 300 }),
  },
  { additionalProperties: false },
)
const validate = buildValidator()({ schema, httpPart: 'body' } as never)
const errorsOf = (data: unknown) => (validate(data) ? [] : (validate.errors ?? []).map(({ keyword }) => keyword))

t.test('an ordinary body is told all that is wrong with it', async t => {
  t.strictSame(errorsOf({ title: 'a', poses: [] }), [])
  t.strictSame(errorsOf({ title: 'longer', poses: [1, { id: 2 }], more: null }).sort(), [
    'additionalProperties',
    'maxLength',
    'type',
    'type',
  ])
  t.strictSame(errorsOf(null), ['type'])
})

t.test('a short text is tidied before it is checked, also where it is one of several forms', t => {
  const name = Type.Union([Type.String({ format: 'short-text', maxLength: 3 }), Type.Null()])
  const validate = buildValidator()({ schema: Type.Object({ name }), httpPart: 'body' } as never)
  const body = { name: '  abc ' }
  t.ok(validate(body))
  t.strictSame(body, { name: 'abc' })
  t.ok(validate({ name: null }))
  t.notOk(validate({ name: 'abcd' }))
  t.end()
})

t.test('security 37: of a body of many values only the first error is looked for, and limits come first', async t => {
  const many = { title: 'longer', poses: Array.from({ length: 100_000 }, () => 1) }
  t.equal(errorsOf(many).length, 1)
  t.strictSame(errorsOf({ title: 'a', poses: many.poses }), ['maxItems'], 'no item was looked at')
  const keys = Object.fromEntries(many.poses.map((_, n) => [`key ${n}`, 1]))
  t.strictSame(errorsOf({ title: 'a', poses: [], ...keys }).length, 1)
  t.strictSame(errorsOf({ title: 'a', poses: [] }), [], 'what follows is judged for itself')
})

t.test('what is the same is compiled once, of a body and of a query apart: only a query is text', t => {
  const build = buildValidator()
  const of = (httpPart: string) => build({ schema: Type.Object({ page: Type.Integer() }), httpPart } as never)
  t.equal(of('body'), of('body'))
  t.equal(of('querystring'), of('querystring'))
  t.notOk(of('body')({ page: '1' }))
  t.ok(of('querystring')({ page: '1' }))
  t.end()
})
