import t from 'tap'
import type { Database } from '../../src/db/database.ts'
import { type EntryId, newId, type UserId } from '../../src/ids.ts'
import { type App, build, grant, type Person, signUp } from '../helper.ts'

const day = 86_400_000

/** By cookie, which lasts longer than a token. */
const look = (app: App, { cookie }: Person) => app.inject({ url: '/admin/dashboard', headers: { cookie } })

t.test('the dashboard counts accounts, days, sessions and tasks', async t => {
  const { app, clock } = await build(t, { at: '2026-03-05T23:30:00Z' })
  const ada = await signUp(app, 'ada')
  await grant(app, ada.id, 'admin')
  const maya = await signUp(app, 'maya')
  const ines = await signUp(app, 'ines', { role: 'instructor' })
  const gone = await signUp(app, 'gone')
  await gone.post('/mood', { mood: 5, date: '2026-03-04' })
  await ada.patch(`/admin/users/${gone.id}`, { disabled: true })
  for (const date of ['2026-03-05', '2026-03-05', '2026-03-04', '2026-02-04', '2026-02-03'])
    await maya.post('/mood', { mood: 5, date })
  await ines.post('/mood', { mood: 5, date: '2026-03-05' })
  await ines.post('/tasks', { title: 'open' })
  await maya.post('/tasks', { title: 'done', completed: true })
  await maya.post('/tasks', { title: 'done too', completed: true })

  const counted = (await look(app, ada)).json()
  t.match(counted, {
    version: /^\d+\.\d+\.\d+/,
    users: {
      member: { active: 1, disabled: 1 },
      instructor: { active: 1, disabled: 0 },
      admin: { active: 1, disabled: 0 },
    },
    sessions: 3,
    tasks: { open: 1, completed: 2 },
  })
  t.ok(counted.storage_bytes > 50_000)
  t.equal(counted.days.length, 30)
  t.strictSame(counted.days[0], { date: '2026-02-04', new_users: 0, active_users: 1, entries: 1 })
  t.strictSame(counted.days[28], { date: '2026-03-04', new_users: 0, active_users: 2, entries: 2 })
  t.strictSame(counted.days[29], { date: '2026-03-05', new_users: 4, active_users: 2, entries: 3 })
  const entries = counted.days.reduce((sum: number, { entries }: { entries: number }) => sum + entries, 0)
  t.equal(entries, 6, 'and none that is older')

  clock.now += day / 24
  const later = (await look(app, ada)).json()
  t.strictSame(later.days[28], counted.days[29], 'after midnight in UTC there is a new day')
  t.strictSame(later.days[29], { date: '2026-03-06', new_users: 0, active_users: 0, entries: 0 })
  clock.now -= 2 * day
  const earlier = (await look(app, ada)).json()
  t.strictSame(
    earlier.days.map(({ new_users }: { new_users: number }) => new_users),
    earlier.days.map(() => 0),
    'an account of tomorrow, made before the clock was set back, is no newcomer of any of these days',
  )
})

t.test('a session that has run out is not counted', async t => {
  const { app, clock } = await build(t)
  const ada = await signUp(app, 'ada')
  await grant(app, ada.id, 'admin')
  await signUp(app, 'maya')
  for (let n = 0; n < 4; n++) {
    t.equal((await look(app, ada)).json().sessions, n < 3 ? 2 : 1)
    clock.now += 10 * day
  }
})

t.test('more people than are counted at a time are all counted, once', async t => {
  const { app, database } = await build(t)
  const ada = await signUp(app, 'ada')
  await grant(app, ada.id, 'admin')
  for (const count of [249, 250]) {
    await addPeople(database, count)
    const { users, days } = (await look(app, ada)).json()
    const total = count === 249 ? 249 : 499
    t.match(users, { member: { active: total }, admin: { active: 1 } })
    t.match(days[29], { new_users: total + 1, active_users: total, entries: 2 * total })
  }
})

t.test('those who ask at the same time are told the same, and the next ones what is true then', async t => {
  const { app } = await build(t)
  const ada = await signUp(app, 'ada')
  await grant(app, ada.id, 'admin')
  const [one, other] = await Promise.all([look(app, ada), look(app, ada)])
  t.strictSame(one.json(), other.json())
  await signUp(app, 'maya')
  t.equal((await look(app, ada)).json().users.member.active, 1)
})

/** Users with two entries on 5 March each, inserted directly, which is faster than through the stores. */
async function addPeople({ tables: { users, moods }, query }: Database, count: number) {
  const at = new Date('2026-03-05T10:00:00Z')
  const person = { role: 'member', dayStartsAt: 0, moodMin: 0, moodMax: 10, moodVersion: 1 } as const
  const mood = { date: '2026-03-05', dateSource: 'date', timezone: 'UTC', revision: 1, mood: 5, tags: [] } as const
  const ids = Array.from({ length: count }, () => newId<UserId>())
  const times = { createdAt: at, updatedAt: at }
  await query(db => db.insert(users).values(ids.map(id => ({ id, username: id, ...person, ...times }))))
  for (const id of ['a', 'b'] as EntryId[]) {
    const rows = ids.map(userId => ({ ...mood, tags: [], userId, id, occurredAt: at, sortAt: at, ...times }))
    await query(db => db.insert(moods).values(rows))
  }
}
