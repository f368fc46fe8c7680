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

t.test('security 37: a text that is far too long is refused by its length, before it is tidied or read', t => {
  const schema = Type.Object({
    title: Type.String({ format: 'label', maxLength: 5 }),
    zone: Type.String({ format: 'timezone', maxLength: 64 }),
  })
  const validate = buildValidator()({ schema, httpPart: 'body' } as never)
  const told = () => validate.errors?.map(({ keyword, params }) => [keyword, params.limit])
  const long = { title: ' a'.repeat(20_000), zone: 'A/'.repeat(20_000) }
  const sent = { ...long }
  t.notOk(validate(sent))
  t.strictSame(told(), [['maxLength', 5]], 'and no other error was looked for')
  t.strictSame(sent, long, 'nothing was taken away')
  t.notOk(validate({ title: ' a'.repeat(600), zone: 'A/'.repeat(600) }))
  t.strictSame(
    told()?.sort(),
    [
      ['format', undefined],
      ['maxLength', 5],
      ['maxLength', 64],
    ].sort(),
  )

  const spaced = { title: `${' '.repeat(500)}a${' '.repeat(500)}b `, zone: 'UTC' }
  t.ok(validate(spaced), 'what somebody may have typed or pasted')
  t.equal(spaced.title, 'a b')
  t.end()
})

t.test('a character of two units is one', t => {
  const validate = buildValidator()({ schema: Type.Object({ a: Type.String({ maxLength: 3 }) }) } as never)
  for (const text of ['', 'abc', '😀😀😀', 'a😀b']) t.ok(validate({ a: text }), text)
  for (const text of ['abcd', '😀😀😀😀', 'a😀😀b', '😀😀bb', 'abcdefgh']) {
    t.notOk(validate({ a: text }), text)
    t.match(validate.errors, [{ keyword: 'maxLength', message: 'must NOT have more than 3 characters' }])
  }
  t.end()
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

t.test('a schema is compiled for the first request: a start has many, and most processes use a few', t => {
  const validate = buildValidator()({ schema: { type: 'object', misspelt: 1 }, httpPart: 'body' } as never)
  t.throws(() => validate({}), { message: /unknown keyword: "misspelt"/ })
  t.end()
})
