import { getTableColumns } from 'drizzle-orm'
import t from 'tap'
import { factsOf } from '../../src/db/described.ts'
import { allTables } from '../../src/db/schema.ts'
import { lists } from '../../src/export/export.ts'
import { build, signUp } from '../helper.ts'
import { testPicture } from '../pictures.ts'

t.test('every table is in the export, or it is said why not', async t => {
  const { database } = await build(t)
  for (const [name, table] of allTables(database.tables)) {
    const { exported } = factsOf(table)
    t.match('as' in exported ? exported.as : exported.not, /^\w/, name)
  }
  t.strictSame(
    lists.map(({ name }) => name),
    [
      'moods',
      'tasks',
      'poses',
      'sequences',
      'practices',
      'deleted',
      'revisions',
      'imports',
      'push_subscriptions',
      'sessions',
      'tokens',
      'identities',
      'events',
    ],
  )
})

t.test('no column of an exported list is a secret, a key of a search, or bookkeeping', async t => {
  const { database } = await build(t)
  for (const { table, without } of lists) {
    const shown = Object.keys(getTableColumns(database.tables[table])).filter(name => !without.includes(name))
    for (const name of shown) t.notMatch(name, /hash|digest|secret|keys?$|searchText|^userId$|^revision$/i, table)
  }
})

t.test('people get everything of their own, and nothing of anybody else, and no secrets', async t => {
  const { app } = await build(t)
  const ines = await signUp(app, 'ines', { role: 'instructor', email: 'ines@example.org' })
  const other = await signUp(app, 'other', { role: 'instructor' })
  for (const [person, mark] of [
    [ines, 'mine'],
    [other, 'foreign'],
  ] as const) {
    await person.patch('/profile', { description: `${mark} description` })
    for (let n = 0; n < 3; n++)
      await person.post('/mood', { mood: n, note: `${mark} note ${n}`, tags: [`${mark} tag`] })
    await person.post('/tasks', { title: `${mark} task`, description: `${mark} details` })
    await person.post('/poses', { name: `${mark} pose` })
    const { id } = (
      await person.post('/sequences', { title: `${mark} sequence`, poses: [{ pose_id: 'cat', cue: `${mark} cue` }] })
    ).json()
    await person.post(`/sequences/${id}/practices`, { note: `${mark} practice` })
  }
  await ines.put('/profile/avatar', await testPicture().png().toBuffer(), { 'content-type': 'image/png' })
  const { token } = (await ines.post('/tokens', { name: 'my token', scopes: ['account:export'] })).json()

  const answer = await ines.get('/account/export')
  t.match(answer.headers['content-disposition'], /^attachment/)
  const all = answer.json()
  t.match(all, {
    account: { username: 'ines', email: 'ines@example.org', email_verified_at: null },
    profile: { description: 'mine description' },
    avatar: { type: 'image/webp' },
    tasks: [{ title: 'mine task', description: 'mine details' }],
    poses: [{ name: 'mine pose' }],
    sequences: [{ title: 'mine sequence', poses: [{ cue: 'mine cue' }] }],
    practices: [{ note: 'mine practice' }],
    sessions: [{ ip: '127.0.0.1' }],
    tokens: [{ name: 'my token', scopes: ['account:export'] }],
  })
  t.strictSame(
    all.moods.map(({ mood, note, tags }: Record<string, unknown>) => [mood, note, tags]),
    [0, 1, 2].map(n => [n, `mine note ${n}`, ['mine tag']]),
  )
  t.ok(all.events.some(({ kind }: { kind: string }) => kind === 'exported'))
  t.notMatch(answer.body, /foreign|_hash|digest(?!":"off")|\$2b\$/)
  t.notMatch(answer.body, new RegExp(other.id))
  t.notMatch(answer.body, new RegExp(token.slice(60)))

  const script = { authorization: `Bearer ${token}` }
  const byToken = await app.inject({ url: '/account/export', headers: script })
  t.strictSame(byToken.json().moods, all.moods, 'also by a token that may do nothing else')
  t.equal((await app.inject({ url: '/mood', headers: script })).statusCode, 403)
})

t.test('security 7: an export takes a fresh sign-in', async t => {
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  clock.now += 10 * 60_000
  t.match((await maya.get('/account/export')).json(), { status: 403, code: 'reauthentication_required' })
  t.match((await maya.get('/account/events')).json(), { total: 1 })
})

t.test('a long list is exported whole and in order', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  for (let n = 0; n < 1_203; n++) await maya.post('/mood', { mood: n % 11, note: `number ${n}` })
  const { moods } = (await maya.get('/account/export')).json()
  t.strictSame(
    moods.map(({ note }: { note: string }) => note),
    Array.from({ length: 1_203 }, (_, n) => `number ${n}`),
  )
})

t.test('repeated exports within an hour are one event', async t => {
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  const { token } = (await maya.post('/tokens', { name: 'backup', scopes: ['account:export'] })).json()
  const exported = async () => {
    const answer = await app.inject({ url: '/account/export', headers: { authorization: `Bearer ${token}` } })
    return answer.json().events.filter(({ kind }: { kind: string }) => kind === 'exported').length
  }
  t.equal(await exported(), 1)
  clock.now += 3_600_000
  t.equal(await exported(), 1)
  clock.now += 1
  t.equal(await exported(), 2)
})
