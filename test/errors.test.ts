import t from 'tap'
import { ApiError, pathOf } from '../src/errors.ts'
import { sentences } from '../src/validation-sentences.ts'

t.test('an error names the path of the request and nothing else of its address', async t => {
  for (const url of ['/mood?tag=secret', '/mood#secret', '/mood?a#b?c', 'http://user:secret@host:1/mood?x', '/mood']) {
    t.equal(pathOf(url), '/mood', url)
  }
  t.equal(pathOf('http://host'), '/')
  t.equal(pathOf('*'), '*')
  t.equal(new ApiError('not_found').body('/mood/1?x=1').instance, '/mood/1')
})

t.test('an error without sentences of its own says its title', async t => {
  t.match(new ApiError('not_found').body('/'), { detail: 'There is no such thing', errors: ['There is no such thing'] })
  t.match(new ApiError('invalid_request', ['a', 'b']).body('/'), { detail: 'a b', errors: ['a', 'b'], status: 400 })
})

t.test('a complaint that has no sentence of ours still makes one', async t => {
  const complaint = { keyword: 'multipleOf', instancePath: '/mood', params: {} }
  t.strictSame(sentences([{ ...complaint, message: 'must be multiple of 2' }], 'body'), ['mood must be multiple of 2'])
  t.strictSame(sentences([complaint], undefined), ['mood is not valid'])
  t.strictSame(sentences([{ keyword: 'format', instancePath: '/x', params: { format: 'colour' } }], 'body'), [
    'x must be a colour',
  ])
})

t.test('the number of sentences and the length of names are bounded', async t => {
  const many = Array.from({ length: 100 }, (_, i) => ({
    keyword: 'additionalProperties',
    instancePath: '',
    params: { additionalProperty: `${i}${'x'.repeat(1000)}` },
  }))
  const said = sentences(many, 'body')
  t.equal(said.length, 21)
  t.equal(said.at(-1), 'and 80 more')
  t.ok(said.every(sentence => sentence.length < 120))
})
