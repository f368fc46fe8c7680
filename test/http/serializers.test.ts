import t from 'tap'
import { buildSerializer } from '../../src/http/serializers.ts'

const route = { method: 'GET', url: '/', httpStatus: '200' }
const textList = { type: 'object', properties: { items: { type: 'array', items: { $ref: 'Item#' } } } }
const object = ($id: string, ...fields: string[]) => ({
  $id,
  type: 'object',
  properties: Object.fromEntries(fields.map(field => [field, { type: 'string' }])),
})
const value = { items: [{ one: '1', two: '2' }] }

t.test('what is the same, down to the shared schemas it refers to, is compiled once', async t => {
  const shared = { Item: object('Item', 'one'), Other: object('Other') }
  const first = buildSerializer(shared)({ ...route, schema: textList })
  const again = buildSerializer({ Item: object('Item', 'one') })({ ...route, schema: structuredClone(textList) })
  t.equal(again, first)
  t.equal(first(value), '{"items":[{"one":"1"}]}')
})

t.test('a shared schema of the same name that says something else is another', async t => {
  const [one, two] = ['one', 'two'].map(field =>
    buildSerializer({ Item: object('Item', field) })({ ...route, schema: textList })(value),
  )
  t.strictSame([one, two], ['{"items":[{"one":"1"}]}', '{"items":[{"two":"2"}]}'])
})

t.test('what a shared schema refers to is there, also when it refers to itself', async t => {
  const Tree = { $id: 'Tree', type: 'object', properties: { leaf: { $ref: 'Item#' }, inner: { $ref: 'Tree#' } } }
  const serialize = buildSerializer({ Tree, Item: object('Item', 'one') })({ ...route, schema: { $ref: 'Tree#' } })
  const text = '{"leaf":{"one":"1"},"inner":{"leaf":{"one":"2"}}}'
  t.equal(serialize(JSON.parse(text)), text)
  t.equal(buildSerializer({ Tree, Item: object('Item', 'one') })({ ...route, schema: Tree })(JSON.parse(text)), text)
})

t.test('it is compiled for the first answer: a start has many, and most processes use a few', async t => {
  const schema = { type: 'object', properties: { one: { $ref: '#/nowhere' } } }
  const serialize = buildSerializer({})({ ...route, schema })
  t.throws(() => serialize({ one: 1 }), { message: /nowhere/ })
})

t.test('a reference to nothing is refused at the start, by name', async t => {
  t.throws(() => buildSerializer({})({ ...route, schema: { $ref: 'Nothing#' } }), { message: /Nothing/ })
})
