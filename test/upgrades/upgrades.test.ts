import t from 'tap'
import type { Database } from '../../src/db/database.ts'
import { openDatabase } from '../../src/db/open.ts'
import type { EntryId, UserId } from '../../src/ids.ts'
import { afterDay, beforeDay } from '../../src/moods/entry-list.ts'
import { moodStore } from '../../src/moods/mood-store.ts'
import { openUpgraded } from '../../src/upgrades/open-upgraded.ts'
import { runUpgrades } from '../../src/upgrades/run-upgrades.ts'
import { tidySequences } from '../../src/upgrades/tidy-sequences.ts'
import { tidyTags } from '../../src/upgrades/tidy-tags.ts'
import { isMadeUp } from '../../src/upgrades/unknown-instants.ts'
import type { Upgrade } from '../../src/upgrades/upgrade.ts'
import { sequenceList } from '../../src/yoga/sequence-list.ts'
import { databaseOfVersion01, type OldEntry } from './version-0.1.ts'

const maya = 'maya' as UserId

async function entriesOf({ query, tables: { moods } }: Database) {
  return Object.fromEntries((await query(db => db.select().from(moods))).map(row => [row.id, row]))
}

async function tagsOf({ query, tables: { moodTags } }: Database) {
  const rows = await query(db => db.select().from(moodTags))
  return rows.map(({ moodId, tag }) => `${moodId}: ${tag}`).sort()
}

t.test('field case 6: what version 0.1.0 made up is unknown afterwards, and nothing else is', async t => {
  const now = '2026-11-27T10:00:00.000Z'
  const entries: (OldEntry & { known: boolean })[] = [
    {
      id: 'back-filled',
      date: '2026-11-20',
      occurredAt: now,
      createdAt: '2026-11-27T10:00:00.042Z',
      keys: ['run'],
      tags: ['run'],
      known: false,
    },
    { id: 'today', date: '2026-11-27', occurredAt: now, known: true },
    { id: 'by-offset', date: '2026-11-26', source: 'offset', occurredAt: now, known: true },
    { id: 'in-its-zone', date: '2026-11-28', occurredAt: '2026-11-27T20:00:00Z', timezone: 'Asia/Tokyo', known: true },
    { id: 'given', date: '2026-11-26', occurredAt: '2026-11-27T00:30:00Z', createdAt: now, known: true },
    { id: 'far', date: '2026-11-20', occurredAt: '2026-11-25T00:30:00Z', createdAt: now, known: false },
    { id: 'lost-zone', date: '2026-11-20', occurredAt: now, timezone: 'Mars/Olympus_Mons', known: false },
    { user: 'owl', id: 'night', date: '2026-11-26', occurredAt: '2026-11-27T03:59:00Z', known: true },
  ]
  const database = await openUpgraded(await databaseOfVersion01(t, entries))
  t.teardown(() => database.close())
  const stored = await entriesOf(database)
  for (const { id, known, occurredAt } of entries) {
    const { occurredAt: at, sortAt, revision, createdAt } = stored[id] as NonNullable<(typeof stored)[string]>
    t.strictSame(at, known ? new Date(occurredAt) : null, id)
    t.equal(revision, known ? 1 : 2, 'what changed has another revision')
    if (known) t.strictSame(sortAt, at)
    else t.ok(sortAt.getTime() - createdAt.getTime() > 200_000_000_000_000, 'and stands after all that are known')
  }
  const { users } = database.tables
  const versions = await database.query(db => db.select({ id: users.id, version: users.moodVersion }).from(users))
  t.match(
    versions.sort((a, b) => (a.id < b.id ? -1 : 1)),
    [{ version: 9 }, { version: 8 }],
    'answers that were kept are of no use, where anything changed',
  )
  const day = Date.parse('2026-11-20') / 86_400_000
  const stretch = { order: 'asc', start: beforeDay(day), until: day, offset: 0, limit: 9 } as const
  const byTag = await moodStore(database).list(maya, { ...stretch, tag: 'run' })
  const shown = (rows: typeof byTag) => rows.map(({ entry }) => JSON.parse(`${entry}}`))
  t.match(shown(byTag), [{ id: 'back-filled', occurred_at: null }])
  const down = await moodStore(database).list(maya, { ...stretch, order: 'desc', start: afterDay(day) })
  t.strictSame(
    shown(down).map(({ id }) => id),
    ['back-filled', 'lost-zone', 'far'],
    'by creation, which is the same for two of them, then by id',
  )
})

t.test('entries of before were logged in time where they were created on their day, as days begin now', async t => {
  const at = { occurredAt: '2026-03-04T12:00:00Z' }
  const entries: (OldEntry & { onTime: boolean })[] = [
    { id: 'same-day', ...at, date: '2026-03-04', createdAt: '2026-03-04T23:59:59Z', onTime: true },
    { id: 'next-day', ...at, date: '2026-03-04', createdAt: '2026-03-05T00:00:00Z', onTime: false },
    { id: 'ahead', ...at, date: '2026-03-04', createdAt: '2026-03-03T23:00:00Z', onTime: false },
    {
      id: 'in-its-zone',
      ...at,
      date: '2026-03-04',
      createdAt: '2026-03-05T07:00:00Z',
      timezone: 'America/Los_Angeles',
      onTime: true,
    },
    { id: 'lost-zone', ...at, date: '2026-03-04', timezone: 'Mars/Olympus_Mons', onTime: true },
    { user: 'owl', id: 'night', ...at, date: '2026-03-04', createdAt: '2026-03-05T03:59:00Z', onTime: true },
    { user: 'owl', id: 'morning', ...at, date: '2026-03-04', createdAt: '2026-03-05T04:00:00Z', onTime: false },
    ...Array.from({ length: 1_000 }, (_, n) => ({
      user: 'pat',
      id: String(1_000 + n),
      date: n % 2 ? '2026-03-04' : '2026-03-03',
      ...at,
      onTime: n % 2 === 1,
    })),
  ]
  const database = await openUpgraded(await databaseOfVersion01(t, entries))
  t.teardown(() => database.close())
  const stored = await entriesOf(database)
  const wrong = entries.filter(({ id, onTime }) => stored[id]?.onTime !== onTime).map(({ id }) => id)
  t.strictSame(wrong, [])
  const created = Object.values(stored).every(row => row.loggedAt.getTime() === row.createdAt.getTime())
  t.ok(created, 'and each was logged when it was created')
  const history = await moodStore(database).history('pat' as UserId)
  t.match(history, { onTimeCounts: [0, 500], onTimeRuns: [{ from: 20_516, to: 20_516 }] })
})

t.test('field case 6: an instant that is unknown already is not made up', async t => {
  const createdAt = new Date('2026-11-27T10:00:00Z')
  const entry = { userId: maya, id: 'a' as EntryId, timezone: 'UTC', tags: [], revision: 1, dayStartsAt: 0 }
  const dates = { date: '2026-11-20', createdAt, sortAt: createdAt }
  t.notOk(isMadeUp({ ...entry, ...dates, occurredAt: null }))
  t.ok(isMadeUp({ ...entry, ...dates, occurredAt: createdAt }))
})

t.test('field case 1: stored tags are tidied, and found by the keys of today', async t => {
  const at = { date: '2026-11-27', occurredAt: '2026-11-27T10:00:00Z' }
  const database = await openUpgraded(
    await databaseOfVersion01(
      t,
      [
        { id: 'a', ...at, tags: ['run', 'run ', ' run', 'Sleep'], keys: ['run', 'run ', ' run', 'sleep'] },
        { id: 'b', ...at, tags: ['❤', '❤️', '\u200b'], keys: ['❤', '❤️', '\u200b'] },
        { id: 'c', ...at, tags: ['❤️'], keys: ['❤️'] },
        { id: 'd', ...at, tags: ['walk'], keys: ['walk'] },
        { id: 'e', ...at },
      ],
      [['hips ', 'hips'], ['short']],
    ),
  )
  t.teardown(() => database.close())
  const { a, b, c, d } = await entriesOf(database)
  t.strictSame([a?.tags, b?.tags, c?.tags, d?.tags], [['run', 'Sleep'], ['❤'], ['❤️'], ['walk']])
  t.strictSame([a?.revision, b?.revision, c?.revision, d?.revision], [2, 2, 2, 1])
  t.strictSame(await tagsOf(database), ['a: run', 'a: sleep', 'b: ❤', 'c: ❤', 'd: walk'])
  t.equal((await moodStore(database).countByTag(maya, '❤️ ', 0, 99_999)).total, 2)

  const { sequences, publishedSequences } = database.tables
  for (const table of [sequences, publishedSequences]) {
    const rows = await database.query(db => db.select().from(table).orderBy(table.id))
    t.match(rows, [
      { tagKeys: '\nhips\n', categoryKey: 'calm' },
      { tagKeys: '\nshort\n', categoryKey: 'calm' },
    ])
  }
  const rows = await database.query(db => db.select().from(sequences).orderBy(sequences.id))
  t.match(rows, [{ tags: ['hips'], category: 'Calm' }, { tags: ['short'] }])
})

t.test(
  'what lists show of published sequences comes to stand beside them, with the names of their authors',
  async t => {
    const entry = { id: 'a', date: '2026-11-27', occurredAt: '2026-11-27T10:00:00Z' }
    const sequences = Array.from({ length: 201 }, () => ['hips '])
    const database = await openUpgraded(await databaseOfVersion01(t, [entry], sequences))
    t.teardown(() => database.close())
    const { rows, total } = await sequenceList(database, 0).published({ sort: '-title' }, { limit: 201, offset: 0 })
    t.equal(total, 201)
    t.match(rows, [
      { title: 'flow 99', category: 'Calm', tags: ['hips'], revision: 2, poseCount: 0, author: { username: 'maya' } },
    ])
    t.ok(
      rows.every(({ title }) => title !== ''),
      'those of the second step too',
    )
  },
)

t.test('field case 1: sequences of a second step are tidied as well', async t => {
  const entry = { id: 'a', date: '2026-11-27', occurredAt: '2026-11-27T10:00:00Z' }
  const database = await openUpgraded(
    await databaseOfVersion01(
      t,
      [entry],
      Array.from({ length: 51 }, () => ['hips ']),
    ),
  )
  t.teardown(() => database.close())
  await runUpgrades(database, [{ ...tidySequences, name: 'tidy-sequences-again' }], Date.now)
  const rows = await database.query(db => db.select().from(database.tables.sequences))
  t.equal(rows.filter(({ tags, revision }) => tags[0] === 'hips' && revision === 2).length, 51, 'once')
})

const many = Array.from({ length: 450 }, (_, i) => ({
  id: String(1000 + i),
  date: '2026-11-27',
  occurredAt: '2026-11-27T10:00:00Z',
  tags: [`run ${i} `],
  keys: [`run ${i} `],
}))

t.test('an upgrade that is interrupted goes on where it stood, and is made once', async t => {
  const url = await databaseOfVersion01(t, many)
  const first = await openDatabase(url)
  const killed = new Error('killed')
  let steps = 0
  const dying: Upgrade = {
    ...tidyTags,
    steps(database) {
      const next = tidyTags.steps(database)
      return after => {
        if (++steps === 2) throw killed
        return next(after)
      }
    },
  }
  await t.rejects(runUpgrades(first, [dying], Date.now), killed)
  const half = Object.values(await entriesOf(first))
  t.equal(half.filter(({ revision }) => revision === 2).length, 200, 'one step is done, and whole')
  t.match(await first.query(db => db.select().from(first.tables.upgrades)), [
    { position: 'maya 1199', finishedAt: null },
  ])
  await first.close()

  const [second, third] = await Promise.all([openUpgraded(url), openUpgraded(url)])
  for (const database of [second, third]) {
    const all = Object.values(await entriesOf(database))
    t.ok(all.every(({ tags, id, revision }) => revision === 2 && tags[0] === `run ${Number(id) - 1000}`))
    await database.close()
  }
  const asked: string[] = []
  const never: Upgrade = { ...tidyTags, steps: () => async after => ({ writes: [], position: void asked.push(after) }) }
  const again = await openUpgraded(url)
  await runUpgrades(again, [never], Date.now)
  t.strictSame(asked, [])
  await again.close()
})

t.test('two processes that upgrade at once do every step once', async t => {
  const url = await databaseOfVersion01(t, many.slice(0, 3))
  const [one, other] = [await openDatabase(url), await openDatabase(url)]
  t.teardown(() => Promise.all([one.close(), other.close()]))
  // The other one makes the whole upgrade between this one's reading and writing.
  const overtaken: Upgrade = {
    ...tidyTags,
    steps(database) {
      const next = tidyTags.steps(database)
      return async after => {
        const step = await next(after)
        await runUpgrades(other, [tidyTags], Date.now)
        return step
      }
    },
  }
  await runUpgrades(one, [overtaken], Date.now)
  t.ok(Object.values(await entriesOf(one)).every(({ revision }) => revision === 2))
})

t.test('a program that cannot upgrade does not start', async t => {
  const url = await databaseOfVersion01(t, many.slice(0, 1))
  const database = await openDatabase(url)
  await database.query(db => db.update(database.tables.moods).set({ tags: 'no list' as never }))
  await database.close()
  await t.rejects(openUpgraded(url))
})
