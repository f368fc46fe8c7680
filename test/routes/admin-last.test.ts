import { and, eq, isNull } from 'drizzle-orm'
import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import type { WritableDatabase } from '../../src/db/database.ts'
import { type App, build, grant, type Person, signUp } from '../helper.ts'

/** Holds batches until two have arrived: both were decided before either is written. */
function gate() {
  let waiting: (() => void)[] | undefined
  const open = () => {
    for (const go of waiting ?? []) go()
    waiting = undefined
  }
  return {
    close() {
      waiting = []
    },
    open,
    wrap: (database: WritableDatabase): WritableDatabase => ({
      ...database,
      async atomic(writes, relation, guard) {
        if (waiting) {
          const arrived = new Promise<void>(go => waiting?.push(go))
          if (waiting.length === 2) open()
          await arrived
        }
        return database.atomic(writes, relation, guard)
      },
    }),
  }
}

/** Two nodes on one database. */
async function twoNodes(t: Test) {
  const both = gate()
  const first = await build(t, { wrap: both.wrap })
  const second = await build(t, { wrap: both.wrap, databaseUrl: first.config.databaseUrl })
  /** Both at once: neither writes before the other is ready to. */
  const atOnce = async <A, B>(a: Promise<A>, b: Promise<B>) => {
    const results = await Promise.all([a, b])
    both.open()
    return results
  }
  return { one: first.app, two: second.app, close: both.close, atOnce }
}

/** A user on another node. */
function on(app: App, { token }: Person) {
  const headers = { authorization: `Bearer ${token}` }
  return {
    patch: (url: string, payload: object) => app.inject({ method: 'PATCH', url, headers, payload }),
    delete: (url: string) => app.inject({ method: 'DELETE', url, headers }),
  }
}

/** The ids of enabled admins, according to their accounts; checks that `admins` agrees. */
async function adminsOf(t: Test, { database: { query, tables } }: App): Promise<string[]> {
  const { users, admins } = tables
  const byAccount = await query(db =>
    db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.role, 'admin'), isNull(users.disabledAt))),
  )
  const listed = await query(db => db.select({ id: admins.id }).from(admins))
  const ids = (rows: { id: string }[]) => rows.map(({ id }) => id).sort()
  t.strictSame(ids(listed), ids(byAccount), 'the list of admins is true')
  return ids(byAccount)
}

t.test('security 26: the last admin cannot be demoted, disabled or removed, nor leave', async t => {
  const { app } = await build(t)
  const [ada, maya] = [await signUp(app, 'ada'), await signUp(app, 'maya')]
  await grant(app, ada.id, 'admin')
  const own = `/admin/users/${ada.id}`
  const attempts = [
    () => ada.patch(own, { role: 'member' }),
    () => ada.patch(own, { disabled: true }),
    () => ada.patch(own, { role: 'instructor', disabled: true }),
    () => ada.delete(own),
    () => ada.delete('/account'),
  ]
  const refused = async (why: string) => {
    for (const attempt of attempts) t.match((await attempt()).json(), { status: 409, code: 'last_admin' }, why)
    t.strictSame(await adminsOf(t, app), [ada.id])
    t.equal((await ada.get('/admin/users')).statusCode, 200)
  }
  await refused('alone')

  await grant(app, maya.id, 'admin')
  t.equal((await ada.patch(`/admin/users/${maya.id}`, { disabled: true })).statusCode, 200)
  await refused('an admin who is disabled is none')
  t.equal((await ada.patch(`/admin/users/${maya.id}`, { role: 'member' })).statusCode, 200)
  t.equal((await ada.patch(`/admin/users/${maya.id}`, { role: 'admin' })).statusCode, 200)
  await refused('one who is made an admin while disabled is none')
  t.equal((await ada.patch(`/admin/users/${maya.id}`, { disabled: false })).statusCode, 200)
  t.strictSame(await adminsOf(t, app), [ada.id, maya.id].sort())
  t.equal((await ada.patch(own, { role: 'member' })).statusCode, 200, 'with two admins one may go')
  t.strictSame(await adminsOf(t, app), [maya.id])
})

const rounds = 8
/** The answer of somebody who comes again when told to: nodes that lock each other out for too long say so. */
async function answered(act: () => Promise<LightMyRequestResponse>): Promise<LightMyRequestResponse> {
  const answer = await act()
  return answer.statusCode === 503 ? answered(act) : answer
}
type Act = (admin: ReturnType<typeof on>, other: string) => Promise<LightMyRequestResponse>
/** What two admins do to each other, and what the slower one is told: who is no admin any more acts no more either. */
const ways: Record<string, [Act, number]> = {
  'demote each other': [(admin, other) => admin.patch(`/admin/users/${other}`, { role: 'member' }), 403],
  'disable each other': [(admin, other) => admin.patch(`/admin/users/${other}`, { disabled: true }), 401],
  'remove each other': [(admin, other) => admin.delete(`/admin/users/${other}`), 401],
  leave: [admin => admin.delete('/account'), 409],
}

for (const [way, [act, refusal]] of Object.entries(ways)) {
  t.test(`security 26: of two admins who ${way} on two nodes at once, one stays`, async t => {
    const { one, two, close, atOnce } = await twoNodes(t)
    for (let round = 0; round < rounds; round++) {
      const [ada, ben] = [await signUp(one, `ada-${round}`), await signUp(one, `ben-${round}`)]
      for (const { id } of [ada, ben]) await grant(one, id, 'admin')
      // The remaining one of the previous round.
      for (const id of await adminsOf(t, one)) if (id !== ada.id && id !== ben.id) await grant(one, id, 'member')

      close()
      const [first, second] = await atOnce(
        answered(() => act(on(one, ada), ben.id)),
        answered(() => act(on(two, ben), ada.id)),
      )
      const statuses = [first.statusCode, second.statusCode].sort()
      t.ok((statuses[0] as number) < 300 && statuses[1] === refusal, `${statuses}`)
      const [left, ...others] = await adminsOf(t, two)
      t.ok(left === ada.id || left === ben.id)
      t.strictSame(others, [])
    }
  })
}

t.test('security 26: one who leaves while they are made an admin is no admin whom nobody can find', async t => {
  const { one, two, close, atOnce } = await twoNodes(t)
  const ada = await signUp(one, 'ada')
  await grant(one, ada.id, 'admin')
  for (let round = 0; round < rounds; round++) {
    const maya = await signUp(one, `maya-${round}`)
    close()
    const [left, made] = await atOnce(
      on(one, maya).delete('/account'),
      on(two, ada).patch(`/admin/users/${maya.id}`, { role: 'admin' }),
    )
    t.equal(left.statusCode, 204, 'also as an admin, who is not the last')
    t.ok([200, 404].includes(made.statusCode))
    t.strictSame(await adminsOf(t, one), [ada.id])
  }
})

t.test('security 26: a disabled admin who is enabled while they are removed is not half there', async t => {
  const { one, two, close, atOnce } = await twoNodes(t)
  const ada = await signUp(one, 'ada')
  await grant(one, ada.id, 'admin')
  for (let round = 0; round < rounds; round++) {
    const ben = await signUp(one, `ben-${round}`)
    await grant(one, ben.id, 'admin')
    await ada.patch(`/admin/users/${ben.id}`, { disabled: true })
    close()
    const [removed, enabled] = await atOnce(
      on(one, ada).delete(`/admin/users/${ben.id}`),
      on(two, ada).patch(`/admin/users/${ben.id}`, { disabled: false }),
    )
    t.equal(removed.statusCode, 204, 'what changed meanwhile is read again')
    t.ok([200, 404].includes(enabled.statusCode))
    t.strictSame(await adminsOf(t, one), [ada.id])
  }
})
