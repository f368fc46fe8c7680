import t, { type Test } from 'tap'
import { type App, build, grant, password, signUp } from '../helper.ts'

/** Two nodes on one database; the second has a route for instructors and admins only. */
async function twoNodes(t: Test) {
  const { app: one, config } = await build(t)
  const { app: two } = await build(t, { databaseUrl: config.databaseUrl })
  two.get('/test/sequences', { onRequest: two.requires('sequences:write') }, async () => ({}))
  const ada = await signUp(one, 'ada')
  await grant(one, ada.id, 'admin')
  return { one, two, ada }
}

/** A user with every kind of credential, each of which was used on the other node. */
async function somebody(one: App, two: App, username: string, role: 'member' | 'instructor' | 'admin') {
  const person = await signUp(one, username)
  await grant(one, person.id, role)
  const script = await person.post('/tokens', { name: 'script', scopes: ['mood:read', 'sequences:write'] })
  const credentials: Record<string, Record<string, string>> = {
    cookie: { cookie: person.cookie },
    'access token': { authorization: `Bearer ${person.token}` },
    'personal token': { authorization: `Bearer ${script.json().token}` },
  }
  const refresh = () => two.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: person.refreshToken } })
  const statuses = async (url: string) => {
    const answers: Record<string, number> = {}
    for (const [kind, headers] of Object.entries(credentials))
      answers[kind] = (await two.inject({ url, headers })).statusCode
    return answers
  }
  return { ...person, statuses, refresh }
}

const everywhere = (status: number) => ({ cookie: status, 'access token': status, 'personal token': status })

t.test('security 12: a demotion counts for the next request of every credential, on another node', async t => {
  const { one, two, ada } = await twoNodes(t)
  const ines = await somebody(one, two, 'ines', 'admin')
  const unscoped = { cookie: 200, 'access token': 200, 'personal token': 403 }
  t.strictSame(await ines.statuses('/admin/users'), unscoped)
  t.strictSame(await ines.statuses('/test/sequences'), everywhere(200))

  t.match((await ada.patch(`/admin/users/${ines.id}`, { role: 'instructor' })).json(), { role: 'instructor' })
  t.strictSame(await ines.statuses('/admin/users'), everywhere(403))
  t.strictSame(await ines.statuses('/test/sequences'), everywhere(200))
  t.equal((await ada.patch(`/admin/users/${ines.id}`, { role: 'member' })).statusCode, 200)
  t.strictSame(await ines.statuses('/test/sequences'), everywhere(403))
  t.strictSame(await ines.statuses('/mood'), everywhere(200), 'the sessions stay')

  const refreshed = await ines.refresh()
  t.equal(refreshed.statusCode, 200)
  const headers = { authorization: `Bearer ${refreshed.json().token}` }
  t.equal((await two.inject({ url: '/test/sequences', headers })).statusCode, 403)
  t.match((await two.inject({ url: '/me', headers })).json(), { role: 'member' })
  t.equal((await ada.patch(`/admin/users/${ines.id}`, { role: 'instructor' })).statusCode, 200)
  t.equal((await two.inject({ url: '/test/sequences', headers })).statusCode, 200, 'and so does a promotion')
})

t.test('security 12: disabling counts for the next request of every credential, on another node', async t => {
  const { one, two, ada } = await twoNodes(t)
  const maya = await somebody(one, two, 'maya', 'member')
  await maya.post('/mood', { mood: 7, date: '2026-03-01' })
  const login = (given = password) =>
    two.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password: given } })
  t.strictSame(await maya.statuses('/mood'), everywhere(200))

  t.match((await ada.patch(`/admin/users/${maya.id}`, { disabled: true })).json(), {
    disabled: true,
    counts: { sessions: 0, tokens: 1 },
  })
  t.strictSame(await maya.statuses('/mood'), everywhere(401))
  t.equal((await maya.refresh()).statusCode, 401)
  t.strictSame((await login()).json(), (await login('wrong horse battery')).json(), 'as if the password were wrong')

  t.match((await ada.patch(`/admin/users/${maya.id}`, { disabled: false })).json(), { disabled: false })
  t.strictSame(
    await maya.statuses('/mood'),
    { cookie: 401, 'access token': 401, 'personal token': 200 },
    'the sessions have ended for good; tokens were only refused',
  )
  t.equal((await maya.refresh()).statusCode, 401)
  const again = await login()
  t.equal(again.statusCode, 200)
  const headers = { authorization: `Bearer ${again.json().token}` }
  t.equal((await two.inject({ url: '/mood', headers })).json().total, 1, 'and everything is there')
})

t.test('security 12, 27: deletion counts for the next request of every credential, on another node', async t => {
  const { one, two, ada } = await twoNodes(t)
  const maya = await somebody(one, two, 'maya', 'instructor')
  await maya.post('/mood', { mood: 7, note: 'mine', tags: ['walk'] })
  t.equal((await ada.delete(`/admin/users/${maya.id.toUpperCase()}`)).statusCode, 204)
  t.strictSame(await maya.statuses('/mood'), everywhere(401))
  t.equal((await maya.refresh()).statusCode, 401)
  t.equal((await ada.get(`/admin/users/${maya.id}`)).statusCode, 404)
  t.equal((await ada.delete(`/admin/users/${maya.id}`)).statusCode, 404)

  const { tables, query } = two.database
  for (const [name, table] of Object.entries(tables)) {
    const rows = JSON.stringify(await query(db => db.select().from(table)))
    t.equal(rows.includes(maya.id), name === 'adminAudit', name)
  }
  t.match((await ada.get('/admin/audit')).json().audit[0], {
    kind: 'account_deleted',
    actor_id: ada.id,
    target_id: maya.id,
  })
  const again = await signUp(two, 'maya')
  t.not(again.id, maya.id, 'the name is free')
  t.equal((await again.get('/mood')).json().total, 0)
})

t.test('security 12: ended sessions are refused at the next request, on another node; tokens stay', async t => {
  const { one, two, ada } = await twoNodes(t)
  const maya = await somebody(one, two, 'maya', 'member')
  t.equal((await ada.delete(`/admin/users/${maya.id}/sessions`)).statusCode, 204)
  t.strictSame(await maya.statuses('/mood'), { cookie: 401, 'access token': 401, 'personal token': 200 })
  t.equal((await maya.refresh()).statusCode, 401)
  const again = await two.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })
  t.equal(again.statusCode, 200)
  t.equal((await ada.get('/me')).statusCode, 200)
})

t.test('security 7: giving power and deleting take a fresh sign-in; helping in an emergency does not', async t => {
  const { app, clock } = await build(t)
  const [ada, maya] = [await signUp(app, 'ada'), await signUp(app, 'maya')]
  await grant(app, ada.id, 'admin')
  const url = `/admin/users/${maya.id}`
  clock.now += 10 * 60_000
  for (const answer of [await ada.patch(url, { role: 'admin' }), await ada.delete(url)])
    t.match(answer.json(), { status: 403, code: 'reauthentication_required' })
  t.match((await ada.get(url)).json(), { role: 'member' })
  t.equal((await ada.patch(url, { disabled: true })).statusCode, 200)
  t.equal((await ada.delete(`${url}/sessions`)).statusCode, 204)
  t.equal((await ada.post('/account/confirm', { current_password: password })).statusCode, 204)
  t.equal((await ada.patch(url, { role: 'instructor' })).statusCode, 200)
  t.equal((await ada.delete(url)).statusCode, 204)
})
