import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { checkSqlite } from '../../src/db/check.sqlite.ts'
import { fileOf, isPostgres } from '../../src/db/open.ts'
import { purgeDeletions } from '../../src/deletions/purge-deletions.ts'
import { maxRevisions } from '../../src/revisions/revisions.ts'
import { build, type Person, signUp } from '../helper.ts'

const day = 86_400_000

async function world(t: Test, env: Record<string, string> = {}) {
  const built = await build(t, { env })
  const maya = await signUp(built.app, 'maya')
  const { query, tables } = built.database
  const { users, moods, deletions, revisions } = tables
  /** The number of earlier states that are stored. */
  const stored = async () => (await query(db => db.select().from(revisions))).length
  /** Compares the counter of bytes with the rows. */
  const agrees = async (t: Test) => {
    let sum = 0
    for (const table of [moods, deletions, revisions] as (typeof moods)[]) {
      const rows = await query(db => db.select({ bytes: table.bytes }).from(table).where(eq(table.userId, maya.id)))
      sum += rows.reduce((sum, { bytes }) => sum + bytes, 0)
    }
    const [user] = await query(db => db.select().from(users).where(eq(users.id, maya.id)))
    t.equal(user?.storedBytes, sum, 'the counter of bytes is what the rows are')
  }
  return { ...built, maya, stored, agrees }
}

const log = async (person: Person, body: object = {}) =>
  (await person.post('/mood', { mood: 5, note: 'one', tags: ['Sun'], ...body })).json().mood

const revisionsOf = async (person: Person, id: string, query = '') =>
  (await person.get(`/mood/${id}/revisions${query}`)).json()

t.test('an edit keeps the state that it replaces, and one that changes nothing keeps none', async t => {
  const { maya, clock, agrees } = await world(t)
  const first = await log(maya)
  clock.now += 1_000
  const second = (await maya.patch(`/mood/${first.id}`, { note: 'two', tags: null })).json().mood
  for (const same of [{}, { note: 'two' }, { tags: [] }]) await maya.patch(`/mood/${first.id}`, same)
  clock.now += 1_000
  await maya.patch(`/mood/${first.id}`, { mood: 'happy', date: '2026-03-01' })

  const { id: _, streak: __, logged_at: ___, created_at: ____, ...before } = first
  const [one, two] = [{ ...before, replaced_at: second.updated_at }, before]
  t.strictSame(await revisionsOf(maya, first.id), {
    revisions: [
      {
        ...two,
        note: 'two',
        tags: [],
        revision: 2,
        updated_at: second.updated_at,
        replaced_at: '2026-03-05T12:00:02.000Z',
      },
      one,
    ],
    page: 1,
    per_page: 20,
    total: 2,
    total_pages: 1,
  })
  const paged = await maya.get(`/mood/${first.id}/revisions?per_page=1&page=2`)
  t.match(paged.json(), { revisions: [{ revision: 1 }], page: 2, total: 2, total_pages: 2 })
  t.match(paged.headers.link, `</mood/${first.id}/revisions?per_page=1&page=1>; rel="first"`)
  await agrees(t)
})

t.test("earlier states are the person's own, and of what is not deleted", async t => {
  const { app, maya } = await world(t)
  const noor = await signUp(app, 'noor')
  const { id } = await log(maya)
  await maya.patch(`/mood/${id}`, { note: 'two' })
  const other = '00000000-0000-7000-8000-000000000000'
  const asks: [Person, string][] = [
    [noor, id],
    [maya, other],
  ]
  for (const [person, one] of asks) {
    t.match((await person.get(`/mood/${one}/revisions`)).json(), { status: 404, code: 'not_found' })
    t.match((await person.delete(`/mood/${one}/revisions`)).json(), { status: 404, code: 'not_found' })
  }
  await maya.delete(`/mood/${id}`)
  t.equal((await maya.get(`/mood/${id}/revisions`)).statusCode, 404)
  await maya.post(`/mood/${id}/restore`, undefined)
  t.match(await revisionsOf(maya, id), { revisions: [{ note: 'one', revision: 1 }], total: 1 }, 'the trash keeps them')
  await maya.patch(`/mood/${id}`, { note: 'three' })
  t.match(await revisionsOf(maya, id), { revisions: [{ note: 'two', revision: 4 }, { revision: 1 }] })
})

t.test('they go when the person says so, and when the entry is deleted for good, by whatever way', async t => {
  const { maya, clock, stored, agrees, database } = await world(t)
  const edited = async () => {
    const { id } = await log(maya)
    await maya.patch(`/mood/${id}`, { note: 'two' })
    await maya.patch(`/mood/${id}`, { note: 'three' })
    t.equal(await stored(), 2)
    return id
  }
  const gone = async (what: string) => {
    t.equal(await stored(), 0, what)
    await agrees(t)
  }
  const one = await edited()
  for (let n = 0; n < 2; n++) t.equal((await maya.delete(`/mood/${one}/revisions`)).statusCode, 204)
  await gone('their own DELETE, also where there are none')
  t.match((await maya.get(`/mood/${one}`)).json(), { mood: { note: 'three', revision: 3 } })

  await maya.delete(`/mood/${await edited()}?permanently=true`)
  await gone('a permanent deletion')
  const two = await edited()
  await maya.delete(`/mood/${two}`)
  t.equal(await stored(), 2)
  await agrees(t)
  await maya.delete(`/mood/${two}?permanently=true`)
  await gone('one from the trash')
  await maya.delete(`/mood/${await edited()}`)
  await maya.delete('/mood/trash')
  await gone('an emptied trash')
  await maya.delete(`/mood/${await edited()}`)
  await purgeDeletions(database, database.atomic, clock.now + 30 * day)
  await gone('30 days')
})

t.test('as many are kept as there may be, the oldest go first', async t => {
  const { maya, agrees, stored } = await world(t)
  const { id } = await log(maya)
  for (let n = 1; n <= maxRevisions + 2; n++) await maya.patch(`/mood/${id}`, { note: `note ${n} ${'x'.repeat(n)}` })
  t.equal(await stored(), maxRevisions)
  const { revisions, total } = await revisionsOf(maya, id, '?per_page=100')
  t.equal(total, maxRevisions)
  const { revision: latest } = revisions[0]
  t.strictSame([latest, revisions.at(-1).revision], [maxRevisions + 2, 3])
  await agrees(t)
  await maya.delete(`/mood/${id}/revisions`)
  await maya.patch(`/mood/${id}`, { note: 'after that' })
  t.equal(await stored(), 1, 'few are left, however often it was edited before')
  await agrees(t)
})

t.test('devices that edit and remove at the same time leave a right count', async t => {
  const { maya, agrees } = await world(t)
  const { id } = await log(maya)
  const both = (n: number) => [maya.patch(`/mood/${id}`, { note: `${n}` }), maya.delete(`/mood/${id}/revisions`)]
  const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => both(n)).flat())
  const codes = new Set(answers.map(({ statusCode }) => statusCode))
  t.ok([...codes].every(code => [200, 204, 409].includes(code)))
  await agrees(t)
})

t.test('an edit is not refused for want of room for what it replaces; the earlier state is not kept then', async t => {
  const { maya, stored, agrees } = await world(t, { MAX_ACCOUNT_MB: '1' })
  const note = '\u{1F600}'.repeat(5_000)
  const ids: string[] = []
  for (let n = 0; n < 49; n++) ids.push((await log(maya, { note, tags: [] })).id)
  const [one, other] = ids as [string, string]
  t.equal((await maya.patch(`/mood/${one}`, { note: '\u{1F601}'.repeat(5_000) })).statusCode, 200)
  t.equal(await stored(), 0)
  const small = await log(maya, { note: null })
  t.match((await maya.patch(`/mood/${small.id}`, { note })).json(), { code: 'limit_reached' })
  await agrees(t)
  await maya.delete(`/mood/${other}?permanently=true`)
  t.equal((await maya.patch(`/mood/${one}`, { note })).statusCode, 200)
  t.equal(await stored(), 1, 'where there is room again it is kept')
  await agrees(t)
})

t.test('they are in the export, with the account they go, and db:check counts them', async t => {
  const { maya, stored, config } = await world(t)
  const { id } = await log(maya, { note: 'the first words' })
  for (let n = 0; n < 3; n++) await maya.patch(`/mood/${id}`, { note: `later ${n}` })
  const exported = (await maya.get('/account/export')).json()
  t.match(
    exported.revisions.map(({ number, content }: { number: number; content: object }) => ({ number, content })),
    [{ number: 1, content: { note: 'the first words' } }, { number: 2 }, { number: 3 }],
  )
  if (!isPostgres(config.databaseUrl)) t.ok((await checkSqlite(fileOf(config.databaseUrl))).isCurrent)
  await maya.delete('/account')
  t.equal(await stored(), 0)
})
