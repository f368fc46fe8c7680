import { METHODS } from 'node:http'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { build, password, signUp } from '../helper.ts'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const unknownId = '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'

t.test('an address that is not there is 404', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const addresses = ['/moods', '/Mood', '/mood/streak/x', `/mood/${unknownId}/x`, '/me/x', '/openapixjson', '/.env']
  for (const url of [...addresses, '//mood', '/docsx', '/admin', '/users/1', '/mood%2f', '/check-session']) {
    for (const answer of [await app.inject(url), await maya.get(`${url}?secret=1`), await maya.post(url, {})]) {
      t.equal(answer.statusCode, 404, url)
      t.match(answer.headers['content-type'], /^application\/problem\+json/, url)
      t.match(answer.json(), { code: 'not_found', instance: url, errors: [String] }, url)
    }
  }
})

t.test('security 37: what is sent to an address without a route is bounded as for strangers', async t => {
  const { app } = await build(t)
  for (const [method, url] of [
    ['POST', '/nothing'],
    ['PUT', '/mood'],
  ] as const) {
    const send = (length: number) => app.inject({ method, url, payload: new Array(length).fill(1) })
    t.ok([404, 405].includes((await send(1_000)).statusCode))
    t.match((await send(4_000)).json(), { status: 413, detail: 'The body must be at most 4 KiB.' }, url)
  }
})

t.test('a file that is not there is 404, although its address takes GET', async t => {
  const { app } = await build(t)
  t.match((await app.inject('/docs/static/nothing.js')).json(), { status: 404, code: 'not_found' })
})

t.test('security 29: a method that an address does not know is 405 and Allow says which it does', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const known: Record<string, string[]> = {
    '/signup': ['POST'],
    '/login': ['POST'],
    '/refresh': ['POST'],
    '/me': ['GET', 'HEAD'],
    '/check_session': ['GET', 'HEAD'],
    '/logout': ['DELETE'],
    '/account/email/verification': ['POST'],
    '/account/email/verification/confirm': ['POST'],
    '/password/forgot': ['POST'],
    '/password/reset': ['POST'],
    '/reset-password': ['GET', 'HEAD'],
    '/profile': ['GET', 'HEAD', 'PATCH'],
    '/profile/avatar': ['DELETE', 'GET', 'HEAD', 'PUT'],
    '/mood': ['GET', 'HEAD', 'POST'],
    [`/mood/${unknownId}`]: ['DELETE', 'GET', 'HEAD', 'PATCH'],
    '/mood/streak/explain': ['GET', 'HEAD'],
    '/tasks': ['GET', 'HEAD', 'POST'],
    [`/tasks/${unknownId}`]: ['DELETE', 'GET', 'HEAD', 'PATCH'],
    '/poses': ['GET', 'HEAD', 'POST'],
    '/poses/tree': ['DELETE', 'GET', 'HEAD', 'PATCH'],
    '/sequences': ['GET', 'HEAD', 'POST'],
    [`/sequences/${unknownId}`]: ['DELETE', 'GET', 'HEAD', 'PATCH'],
    [`/sequences/${unknownId}/poses`]: ['PUT'],
    [`/sequences/${unknownId}/poses/1`]: ['PATCH'],
    [`/sequences/${unknownId}/check`]: ['GET', 'HEAD'],
    [`/sequences/${unknownId}/copy`]: ['POST'],
    [`/sequences/${unknownId}/unpublish`]: ['POST'],
    [`/sequences/${unknownId}/practices`]: ['GET', 'HEAD', 'POST'],
    '/practices': ['GET', 'HEAD'],
    [`/practices/${unknownId}`]: ['DELETE', 'GET', 'HEAD', 'PATCH'],
    '/health': ['GET', 'HEAD'],
    '/ready': ['GET', 'HEAD'],
    '/version': ['GET', 'HEAD'],
    '/openapi.json': ['GET', 'HEAD'],
  }
  for (const [url, allowed] of Object.entries(known)) {
    for (const method of methods.filter(method => !allowed.includes(method))) {
      for (const suffix of ['', '/', '?secret=1']) {
        const headers = { authorization: `Bearer ${maya.token}` }
        const answer = await app.inject({ method, url: url + suffix, headers })
        const what = `${method} ${url}${suffix}`
        t.equal(answer.statusCode, 405, what)
        t.strictSame(String(answer.headers.allow).split(', ').sort(), allowed, what)
        t.match(answer.json(), { code: 'method_not_allowed', instance: /^[^?]*$/, errors: [String] }, what)
      }
    }
  }
})

t.test('security 28: a method that nobody here has heard of is the fault of the client, not of the server', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  // CONNECT has no path.
  for (const method of METHODS.filter(name => name !== 'CONNECT')) {
    for (const url of ['/mood', '/health', '/login', '/nowhere']) {
      for (const headers of [{}, { authorization: `Bearer ${maya.token}` }] as Record<string, string>[]) {
        const answer = await app.inject({ method: method as NonNullable<InjectOptions['method']>, url, headers })
        t.ok(answer.statusCode < 500, `${method} ${url}: ${answer.statusCode}`)
      }
    }
  }
})

t.test(
  'security 18: every answer tells browsers that it is no page, that nobody may keep it, and not what runs here',
  async t => {
    const { app } = await build(t)
    const maya = await signUp(app, 'maya', { role: 'instructor' })
    const { id } = (await maya.post('/mood', { mood: 5 })).json().mood
    const pose = await maya.post('/poses', { name: 'Mine' })
    const sequence = await maya.post('/sequences', { title: 'Mine', poses: [{ pose_id: 'cat' }] })
    const yoga = `/sequences/${sequence.json().id}`
    const practice = await maya.post(`${yoga}/practices`, {})
    const json = { 'content-type': 'application/json' }
    const answers = {
      'sign-up': await app.inject({ method: 'POST', url: '/signup', payload: { username: 'noor', password } }),
      login: await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } }),
      'a wrong password': await app.inject({
        method: 'POST',
        url: '/login',
        payload: { username: 'maya', password: 'x' },
      }),
      refresh: await app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: maya.refreshToken } }),
      me: await maya.get('/me'),
      check_session: await app.inject({ url: '/check_session', headers: { cookie: maya.cookie } }),
      profile: await maya.get('/profile'),
      'a changed profile': await maya.patch('/profile', {}),
      moods: await maya.get('/mood'),
      'a page of moods': await maya.get('/mood?page=1'),
      entry: await maya.get(`/mood/${id}`),
      'a new entry': await maya.post('/mood', { mood: 5 }),
      'a changed entry': await maya.patch(`/mood/${id}`, { mood: 6 }),
      streak: await maya.get('/mood/streak'),
      explanation: await maya.get('/mood/streak/explain'),
      'a deleted entry': await maya.delete(`/mood/${id}`),
      'a new task': await maya.post('/tasks', { title: 'x', id: unknownId }),
      tasks: await maya.get('/tasks'),
      task: await maya.get(`/tasks/${unknownId}`),
      'a changed task': await maya.patch(`/tasks/${unknownId}`, { completed: true }),
      'completed tasks': await maya.post('/tasks/complete', { ids: [unknownId], completed: true }),
      'deleted tasks': await maya.post('/tasks/delete', { ids: [] }),
      'a deleted task': await maya.delete(`/tasks/${unknownId}`),
      poses: await maya.get('/poses'),
      'a catalogue pose': await maya.get('/poses/tree'),
      'a new pose': pose,
      'an own pose': await maya.get(`/poses/${pose.json().id}`),
      'a changed pose': await maya.patch(`/poses/${pose.json().id}`, {}),
      'a deleted pose': await maya.delete(`/poses/${pose.json().id}`),
      sequences: await maya.get('/sequences'),
      'a new sequence': sequence,
      sequence: await maya.get(yoga),
      'a changed sequence': await maya.patch(yoga, {}),
      'changed poses': await maya.put(`${yoga}/poses`, { order: [1] }),
      'a changed pose of a sequence': await maya.patch(`${yoga}/poses/1`, {}),
      check: await maya.get(`${yoga}/check`),
      'a copy': await maya.post(`${yoga}/copy`, {}),
      'a new practice': practice,
      practices: await maya.get('/practices'),
      'practices of a sequence': await maya.get(`${yoga}/practices`),
      practice: await maya.get(`/practices/${practice.json().id}`),
      'a deleted practice': await maya.delete(`/practices/${practice.json().id}`),
      'a deleted sequence': await maya.delete(yoga),
      health: await app.inject('/health'),
      ready: await app.inject('/ready'),
      version: await app.inject('/version'),
      'openapi.json': await app.inject('/openapi.json'),
      400: await maya.post('/mood', {}),
      'no JSON': await maya.post('/mood', '{', json),
      'no URL': await maya.get('/mood/%zz'),
      401: await app.inject('/mood'),
      404: await maya.get(`/mood/${unknownId}`),
      'no such address': await app.inject('/nowhere'),
      405: await app.inject({ method: 'PUT', url: '/mood' }),
      409: await app.inject({ method: 'POST', url: '/signup', payload: { username: 'maya', password } }),
      413: await maya.post('/mood', 'x'.repeat(100_000), json),
      414: await maya.get(`/mood/${'x'.repeat(300)}`),
      415: await maya.post('/mood', 'x', { 'content-type': 'text/plain' }),
      logout: await maya.delete('/logout'),
    }
    for (const [what, { headers }] of Object.entries(answers)) {
      t.equal(headers['x-content-type-options'], 'nosniff', what)
      t.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/, what)
      t.match(headers['cache-control'], /^no-store$|^private, no-cache$/, what)
      t.ok(headers['cache-control'] === 'no-store' || headers.etag, `${what}: kept only if it has an ETag`)
      t.equal(headers.server, undefined, what)
      t.equal(headers['x-powered-by'], undefined, what)
    }
  },
)

t.test('security 18: Swagger UI is served with a policy of its own', async t => {
  const { app } = await build(t)
  const { headers, statusCode } = await app.inject('/docs')
  t.equal(statusCode, 200)
  t.match(headers['content-type'], /^text\/html/)
  t.equal(headers['x-content-type-options'], 'nosniff')
  t.match(headers['content-security-policy'], /default-src 'none'; script-src 'self'/)
  t.notMatch(headers['content-security-policy'], /unsafe|upgrade-insecure/)
})

t.test('security 17: GET and HEAD change nothing', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya', { role: 'instructor' })
  const { id } = (await maya.post('/mood', { mood: 5 })).json().mood
  await maya.post('/tasks', { title: 'mine', id })
  const sequence = (await maya.post('/sequences', { title: 'Mine' })).json()
  const yoga = `/sequences/${sequence.id}`
  const before = await maya.get('/mood')
  const tasksBefore = await maya.get('/tasks')
  const sequenceBefore = await maya.get(yoga)
  const yogaUrls = ['/poses', '/poses/tree', '/sequences', yoga, `${yoga}/check`, `${yoga}/copy`, `${yoga}/practices`]
  const moodUrls = ['/mood', `/mood/${id}`, '/mood/streak', '/mood/streak/explain']
  const taskUrls = ['/tasks', `/tasks/${id}`, '/tasks/complete']
  for (const url of ['/me', '/profile', ...moodUrls, ...taskUrls, ...yogaUrls, '/practices', '/logout']) {
    for (const method of ['GET', 'HEAD', 'OPTIONS'] as const)
      await app.inject({ method, url, headers: { authorization: `Bearer ${maya.token}` } })
  }
  const after = await maya.get('/mood')
  t.strictSame([after.body, after.headers.etag], [before.body, before.headers.etag])
  const tasksAfter = await maya.get('/tasks')
  t.strictSame([tasksAfter.body, tasksAfter.headers.etag], [tasksBefore.body, tasksBefore.headers.etag])
  const sequenceAfter = await maya.get(yoga)
  t.strictSame([sequenceAfter.body, sequenceAfter.headers.etag], [sequenceBefore.body, sequenceBefore.headers.etag])
  t.match((await maya.get('/sequences')).json(), { total: 1 })
  t.match((await maya.get('/practices')).json(), { total: 0 })
})

t.test('entries, tasks and sequences carry the revision that their ETag begins with', async t => {
  const { app } = await build(t)
  const ines = await signUp(app, 'ines', { role: 'instructor' })
  const made = [
    await ines.post('/mood', { mood: 5 }),
    await ines.post('/tasks', { title: 'Call' }),
    await ines.post('/sequences', { title: 'Short' }),
  ]
  const revisionOf = (answer: { json(): { revision?: number; mood?: { revision: number } } }) =>
    answer.json().mood?.revision ?? answer.json().revision
  for (const answer of made) {
    const url = String(answer.headers.location)
    const change = url.startsWith('/mood') ? { note: 'More.' } : { title: 'Other' }
    for (const [shown, revision] of [
      [answer, 1],
      [await ines.get(url), 1],
      [await ines.patch(url, change), 2],
      [await ines.get(url), 2],
    ] as const) {
      t.equal(revisionOf(shown), revision, url)
      t.match(shown.headers.etag, new RegExp(`^"${revision}-`), url)
    }
    const list = (await ines.get(url.replace(/\/[^/]*$/, ''))).json()
    t.equal((list.moods ?? list.tasks ?? list.sequences)[0].revision, 2, url)
  }
})
