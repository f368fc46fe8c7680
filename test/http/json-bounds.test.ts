import t from 'tap'
import { exceededBound, maxDepth, maxValues } from '../../src/http/json-bounds.ts'
import { build, signUp } from '../helper.ts'

const padding = ' '.repeat(16 * 1024)
const boundOf = (text: string) => exceededBound(Buffer.from(text + padding))
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const many = (values: number) => `[${'1,'.repeat(values - 2)}1]`

t.test('security 37: a body is neither too deep nor too full to be parsed in a moment', async t => {
  t.equal(boundOf(nested(maxDepth)), undefined)
  t.equal(boundOf(nested(maxDepth + 1)), 'depth')
  t.equal(boundOf('{"a":'.repeat(maxDepth + 1)), 'depth', 'not closed either')
  t.equal(boundOf(`[${`${nested(maxDepth - 1)},`.repeat(300)}1]`), undefined, 'one after the other')
  t.equal(boundOf(many(maxValues)), undefined)
  t.equal(boundOf(many(maxValues + 1)), 'values')
  t.equal(boundOf(`[${'[],'.repeat(maxValues)}1]`), 'values')
})

t.test('security 37: what stands in a text is no bracket and no comma', async t => {
  t.equal(boundOf(JSON.stringify('[{,'.repeat(maxValues))), undefined)
  t.equal(boundOf(JSON.stringify(['\\"[[', '"'.repeat(50), '['.repeat(100), '\\'])), undefined)
  t.equal(boundOf(`["\\\\",${nested(maxDepth)}]`), 'depth', 'a text that ends with a backslash has ended')
})

t.test('security 37: what is short is not looked at', async t => {
  t.equal(exceededBound(Buffer.from(nested(maxDepth + 1))), undefined)
})

t.test('security 37: four megabytes of brackets and of keys are refused before they are parsed', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const send = (value: string) =>
    app.inject({
      method: 'POST',
      url: '/sync',
      headers: { authorization: `Bearer ${maya.token}`, 'content-type': 'application/json' },
      payload: `{"operations":[{"kind":"mood","op":"create","id":"${maya.id}","value":${value}}]}`,
    })
  t.match((await send(`{"a":${nested(2_000_000)}}`)).json(), {
    status: 400,
    code: 'invalid_request',
    errors: ['The body is nested more than 32 levels deep.'],
  })
  const keys = Array.from({ length: 300_000 }, (_, i) => `"k${i}":1`)
  t.match((await send(`{${keys.join()}}`)).json(), {
    status: 413,
    code: 'body_too_large',
    errors: ['The body must have at most 25000 values.'],
  })
})
