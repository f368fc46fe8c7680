import t from 'tap'
import { maxEventsOfKind } from '../../src/audit/events.ts'
import { build, password, signUp } from '../helper.ts'

t.test('people read what happened to their account, when, and from where', async t => {
  const { app, clock } = await build(t)
  const [maya, other] = [await signUp(app, 'maya'), await signUp(app, 'other')]
  const login = (password: string) =>
    app.inject({
      method: 'POST',
      url: '/login',
      payload: { username: 'maya', password },
      headers: { 'user-agent': 'moodapp/2.1 (Android)' },
      remoteAddress: '203.0.113.7',
    })
  clock.now += 1_000
  t.equal((await login('wrong horse battery')).statusCode, 401)
  const elsewhere = (await login(password)).json()
  const [session] = (await maya.get('/sessions')).json().sessions
  const { id: token } = (await maya.post('/tokens', { name: 'script', scopes: ['mood:read'] })).json()
  await maya.delete(`/tokens/${token}`)
  await maya.delete(`/sessions/${session.id}`)
  await login(password)
  await maya.delete('/sessions')
  await app.inject({ method: 'DELETE', url: '/logout', headers: { authorization: `Bearer ${elsewhere.token}` } })

  const list = (await maya.get('/account/events')).json()
  t.match(list, { page: 1, per_page: 20, total: 8, total_pages: 1 })
  t.strictSame(list.events.map(({ kind }: { kind: string }) => kind).sort(), [
    'other_sessions_ended',
    'session_ended',
    'sign_in_failed',
    'signed_in',
    'signed_in',
    'signed_up',
    'token_created',
    'token_deleted',
  ])
  const of = (kind: string) => list.events.find((event: { kind: string }) => event.kind === kind)
  t.match(of('sign_in_failed'), {
    actor_id: null,
    target_id: null,
    ip: '203.0.113.7',
    device: 'moodapp/2.1 (Android)',
    at: new Date(clock.now).toISOString(),
  })
  t.match(of('signed_in'), { actor_id: maya.id, ip: '203.0.113.7' })
  t.match(of('token_created'), { actor_id: maya.id, target_id: token })
  t.match(of('session_ended'), { actor_id: maya.id, target_id: session.id })
  const page = await maya.get('/account/events?per_page=2&page=2')
  t.strictSame(page.json().events, list.events.slice(2, 4))
  t.match(page.headers.link, /<\/account\/events\?per_page=2&page=4>; rel="last"/)
  t.match((await other.get('/account/events')).json(), { total: 1, events: [{ kind: 'signed_up' }] })
})

t.test('a stolen refresh token leaves a trace', async t => {
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  const refresh = () => app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: maya.refreshToken } })
  await refresh()
  clock.now += 11_000
  t.equal((await refresh()).statusCode, 401)
  const again = await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })
  const headers = { authorization: `Bearer ${again.json().token}` }
  const { events } = (await app.inject({ url: '/account/events', headers })).json()
  t.match(events, [{ kind: 'signed_in' }, { kind: 'refresh_token_reused', actor_id: null }, { kind: 'signed_up' }])
})

t.test('security 43: what changes nothing is no event, however often it is asked for', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya', { email: 'maya@example.org' })
  const kinds = async () => (await maya.get('/account/events')).json().events.map(({ kind }: { kind: string }) => kind)
  t.equal((await maya.delete('/sessions')).statusCode, 204)
  t.match((await maya.put('/account/username', { username: 'maya' })).json(), { username: 'maya' })
  t.match((await maya.put('/account/email', { email: 'maya@example.org' })).json(), { email: 'maya@example.org' })
  t.strictSame(await kinds(), ['signed_up'])
  t.match((await maya.put('/account/username', { username: 'Maya' })).json(), { username: 'Maya' })
  t.strictSame(await kinds(), ['username_changed', 'signed_up'])
})

t.test('security 43: an account keeps the newest events of a kind, and others for a year', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const other = await signUp(app, 'other')
  const event = { kind: 'sign_in_failed', ip: null, device: null } as const
  const at = app.now()
  for (const person of [maya, other]) {
    const writes = Array.from({ length: maxEventsOfKind + 5 }, (_, n) =>
      app.events.eventWrites(person.id, event, at + n),
    )
    // On PostgreSQL the statements of one batch count as one of the group.
    for (let n = 0; n < writes.length; n += 50) await app.commitUnguarded(writes.slice(n, n + 50).flat())
  }
  const list = (await maya.get('/account/events?per_page=1&page=300')).json()
  t.equal(list.total, maxEventsOfKind + 1)
  t.match(list.events, [{ kind: 'sign_in_failed', at: new Date(at + 5).toISOString() }], 'the oldest went')
  t.match((await maya.get('/account/events?per_page=1&page=301')).json().events, [{ kind: 'signed_up' }])
})
