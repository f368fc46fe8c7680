import t from 'tap'
import { ApiError, failureCodes } from '../src/errors.ts'
import { answerFor, errors, pathOf, RequestError } from '../src/http/problem-details.ts'
import { sentences } from '../src/http/validation-sentences.ts'

t.test('an error names the path of the request and nothing else of its address', async t => {
  for (const url of ['/mood?tag=secret', '/mood#secret', '/mood?a#b?c', 'http://user:secret@host:1/mood?x', '/mood']) {
    t.equal(pathOf(url), '/mood', url)
  }
  t.equal(pathOf('http://host'), '/')
  t.equal(pathOf('*'), '*')
  t.equal(answerFor(new ApiError('not_found'), '/mood/1?x=1').body.instance, '/mood/1')
})

t.test('an error without sentences of its own says its title', async t => {
  t.match(answerFor(new ApiError('not_found'), '/').body, { detail: 'Not found', errors: ['Not found'] })
  t.match(answerFor(new ApiError('invalid_request', ['a', 'b']), '/').body, {
    detail: 'a b',
    errors: ['a', 'b'],
    status: 400,
  })
})

t.test('the facts of a failure become headers, whole seconds and never none', async t => {
  const headersOf = (error: Parameters<typeof answerFor>[0]) => answerFor(error, '/').headers
  for (const [retryAfterMs, seconds] of [
    [0, '1'],
    [1, '1'],
    [1_000, '1'],
    [1_001, '2'],
  ] as const)
    t.strictSame(headersOf(new ApiError('too_busy', [], { retryAfterMs })), { 'Retry-After': seconds })
  t.strictSame(headersOf(new ApiError('insufficient_scope', [], { neededScope: 'mood:read' })), {
    'WWW-Authenticate': 'Bearer realm="moodstreak", error="insufficient_scope", scope="mood:read"',
  })
  t.strictSame(headersOf(new ApiError('authentication_required')), { 'WWW-Authenticate': 'Bearer realm="moodstreak"' })
  t.strictSame(headersOf(new RequestError('method_not_allowed', [], { Allow: 'GET, HEAD' })), { Allow: 'GET, HEAD' })
  t.strictSame(headersOf(new ApiError('forbidden')), {})
})

t.test('every way to fail has its answer, and no title is said twice', async t => {
  t.ok(failureCodes.every(code => code in errors))
  t.equal(new Set(Object.values(errors).map(({ title }) => title)).size, Object.keys(errors).length)
})

t.test('a complaint that has no sentence of ours still makes one', async t => {
  const complaint = { keyword: 'multipleOf', instancePath: '/mood', params: {} }
  t.strictSame(sentences([{ ...complaint, message: 'must be multiple of 2' }], 'body'), ['mood must be multiple of 2'])
  t.strictSame(sentences([complaint], undefined), ['mood is invalid'])
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
