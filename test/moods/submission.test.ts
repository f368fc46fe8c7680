import t from 'tap'
import { idFrom } from '../../src/ids.ts'
import { dayOf, formatDay } from '../../src/moods/calendar.ts'
import type { FoundEntry } from '../../src/moods/entry-row.ts'
import { changedEntry, newEntry, type Submitter } from '../../src/moods/submission.ts'
import { parseInstant, type WrittenInstant } from '../../src/moods/written-instant.ts'

const instant = (text: string) => parseInstant(text) as WrittenInstant
const settings = { timezone: 'Europe/Berlin', dayStartsAt: 0, scale: { min: 0, max: 10 } }
/** Half past eleven in the evening in Berlin, the next morning in Tokyo. */
const now = Date.parse('2026-03-01T22:30:00Z')
const maya: Submitter = { settings, now }

const found: FoundEntry = {
  entry: {
    id: idFrom('019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'),
    mood: 8,
    valence: 0.6,
    note: 'Slept well.',
    tags: ['sleep'],
    date: '2026-02-27',
    occurred_at: new Date('2026-02-27T10:00:00Z'),
    timezone: 'America/New_York',
    revision: 1,
    logged_at: new Date(now),
    created_at: new Date(now),
    updated_at: new Date(now),
  },
  version: 3,
  revision: 1,
  dateSource: 'profile',
  onTime: false,
  digest: null,
  bytes: 200,
}

t.test('a submission without a day is dated by where the person is, else by their settings', async t => {
  const { day, ...fields } = newEntry({ mood: '8' }, maya)
  t.strictSame(
    [formatDay(day), fields],
    [
      '2026-03-01',
      {
        mood: 8,
        valence: 0.6,
        note: null,
        tags: [],
        dateSource: 'profile',
        onTime: true,
        loggedAt: undefined,
        occurredAt: new Date(now),
        timezone: 'Europe/Berlin',
      },
    ],
  )
  const travelling = newEntry({ mood: 8 }, { ...maya, zone: 'Asia/Tokyo' })
  t.match([formatDay(travelling.day), travelling], ['2026-03-02', { dateSource: 'timezone', timezone: 'Asia/Tokyo' }])
  const named = newEntry({ mood: 8, timezone: 'UTC' }, { ...maya, zone: 'Asia/Tokyo' })
  t.match([formatDay(named.day), named], ['2026-03-01', { timezone: 'UTC' }], 'the zone of the entry comes first')
})

t.test('tags that differ in case only are one, in a new entry and in a change', async t => {
  t.strictSame(newEntry({ mood: 8, tags: ['Walk', 'walk', 'sun'] }, maya).tags, ['Walk', 'sun'])
  t.strictSame(changedEntry(found, { tags: ['Walk', 'walk'] }, maya).tags, ['Walk'])
})

t.test('what is off the scale or in the future is refused, when it is new and when it is changed', async t => {
  for (const mood of [11, '-1', 10.5]) {
    t.throws(() => newEntry({ mood }, maya), { code: 'mood_off_scale', errors: [/between 0 and 10/] })
    t.throws(() => changedEntry(found, { mood }, maya), { code: 'mood_off_scale' })
  }
  const later = { day: dayOf('2026-03-04') }
  t.throws(() => newEntry({ mood: 8, ...later }, maya), { code: 'date_in_future' })
  t.throws(() => changedEntry(found, later, maya), { code: 'date_in_future' })
})

t.test('a change leaves what it does not name as it was fixed, and null clears', async t => {
  const kept = { mood: 8, valence: 0.6, note: 'Slept well.', tags: ['sleep'] }
  const then = { day: dayOf('2026-02-27'), dateSource: 'profile', timezone: 'America/New_York' }
  // The scale has changed since; the valence stays that of the old one.
  const wider = { ...maya, settings: { ...settings, scale: { min: 0, max: 100 } } }
  t.match(changedEntry(found, {}, wider), { ...kept, ...then, occurredAt: found.entry.occurred_at })
  t.match(changedEntry(found, { note: null, tags: null }, maya), { note: null, tags: [] })
  t.match(changedEntry(found, { day: dayOf('2026-02-20') }, maya), { day: dayOf('2026-02-20'), dateSource: 'date' })
  t.match(changedEntry(found, { timezone: 'Asia/Tokyo' }, maya), { ...then, timezone: 'Asia/Tokyo' })
})

t.test('a corrected time is seen where the entry was made', async t => {
  const corrected = changedEntry(found, { occurredAt: instant('2026-02-27T04:00:00Z') }, maya)
  t.match(corrected, { day: dayOf('2026-02-26'), dateSource: 'entry', timezone: 'America/New_York' })
})
