import { dayFromNow, givenId } from './normal.ts'
import type { Person, Script } from './script.ts'

/** Logging, reading, changing moods, and the streak. */
export async function moodCalls(script: Script) {
  const mia = await script.signUp('mia', { timezone: 'Europe/Berlin' })
  const other = await script.signUp('mias-neighbour')
  await logging(script, mia)
  await pages(script, mia)
  await one(script, mia, other)
  await streaks(script, mia)
}

async function logging(script: Script, mia: Person) {
  await script.call('moods before the first', 'GET /mood', { as: mia })
  await script.call('a streak before the first', 'GET /mood/streak', { as: mia })
  const good: Record<string, object> = {
    'a number': { mood: 7, date: '2020-03-01', note: 'First.', tags: ['Walk', 'walk', 'sleep'] },
    'a label': { mood: ' happy  day ', date: '2020-03-02' },
    'a known label': { mood: 'happy', date: '2020-03-03', tags: null, note: null },
    'a numeric string': { mood: '8.5', date: '2020-03-05' },
    'an instant with an offset': { mood: 1, occurred_at: '2020-03-07T23:30:00-05:00' },
    'an instant in UTC': { mood: 2, occurred_at: '2020-03-08T23:30:00Z' },
    'an instant and a zone': { mood: 3, occurred_at: '2020-03-09T23:30:00Z', timezone: 'Pacific/Auckland' },
    'an instant and a date': { mood: 4, occurred_at: '2020-03-11T12:00:00Z', date: '2020-03-10' },
    now: { mood: 0 },
    yesterday: { mood: 10, date: dayFromNow(-1) },
    'with an id': { mood: 5, id: givenId(100), date: '2020-04-01' },
    'with the same id again': { mood: 5, id: givenId(100), date: '2020-04-01' },
    'with the same id and other content': { mood: 6, id: givenId(100), date: '2020-04-01' },
    'zero minus': { mood: -0, date: '2020-04-02', note: '🌧️ e\u0301  two spaces\n' },
  }
  for (const [what, body] of Object.entries(good)) await script.call(`log ${what}`, 'POST /mood', { as: mia, body })
  const bad: Record<string, unknown> = {
    'off the scale': { mood: 11 },
    'below the scale': { mood: -1 },
    'nothing at all': {},
    'an empty label': { mood: '  ' },
    'a long label': { mood: 'x'.repeat(65) },
    'a boolean': { mood: true },
    'a date that is none': { mood: 5, date: '2020-02-30' },
    'a date to come': { mood: 5, date: dayFromNow(3) },
    'an instant to come': { mood: 5, occurred_at: `${dayFromNow(3)}T12:00:00Z` },
    'an instant that is none': { mood: 5, occurred_at: 'yesterday' },
    'a zone that is none': { mood: 5, timezone: 'Mars/Olympus' },
    'a long note': { mood: 5, note: 'x'.repeat(10_001) },
    'a note with NUL': { mood: 5, note: 'a\u0000b' },
    'many tags': { mood: 5, tags: Array.from({ length: 21 }, (_, n) => `tag ${n}`) },
    'an id that is none': { mood: 5, id: '1' },
    'unknown fields': { mood: 5, moods: 5, streak: 3 },
    'much that is wrong': { mood: {}, note: 5, tags: 'x', date: 5, timezone: 5, id: 5 },
  }
  for (const [what, body] of Object.entries(bad)) await script.call(`log ${what}`, 'POST /mood', { as: mia, body })
  const log = (what: string, sent: object, body: unknown = { mood: 4, date: '2020-05-01' }) =>
    script.call(`log ${what}`, 'POST /mood', { body, ...sent })
  await log('as nobody', {})
  await log('by cookie', { cookie: mia })
  await log('by cookie from elsewhere', {
    headers: { cookie: mia.cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  })
  await log('by cookie from nowhere', { headers: { cookie: mia.cookie } })
  await log('with broken JSON', { as: mia }, '{"mood": 5')
  await log('text', { as: mia, type: 'text/plain' }, 'happy')
  await log('a large body', { as: mia }, { mood: 5, note: 'x'.repeat(170_000) })
  const key = { as: mia, headers: { 'idempotency-key': 'key-1' } }
  await log('with a key', key)
  await log('with the same key', key)
  await log('something else with the same key', key, { mood: 5, date: '2020-05-01' })
  await log('with a key that is none', { as: mia, headers: { 'idempotency-key': 'ä ö' } })
  await log(
    'with a zone in the header',
    { as: mia, headers: { 'x-timezone': 'Asia/Tokyo' } },
    { mood: 6, occurred_at: '2020-05-02T20:00:00Z' },
  )
  await log('with a bad zone in the header', { as: mia, headers: { 'x-timezone': 'Mars/Olympus' } })
}

async function pages(script: Script, mia: Person) {
  const queries = [
    'page=1&per_page=3',
    'page=2&per_page=3',
    'page=99',
    'per_page=100&order=asc',
    'from=2020-03-02&to=2020-03-09',
    'from=2020-03-09&to=2020-03-02',
    'tag=WALK',
    'tag=none&page=1',
    'as_of=2020-03-03&page=1&per_page=1',
    'order=up',
    'page=0',
    'per_page=101',
    'page=x',
    'from=yesterday',
    'unknown=1',
    'page=1&page=2',
  ]
  for (const query of queries) await script.call(`moods: ${query}`, `GET /mood?${query}`, { as: mia })
  const all = await script.call('all moods', 'GET /mood', { as: mia })
  await script.call('all moods, with a slash', 'GET /mood/', { as: mia })
  await script.call('all moods by cookie', 'GET /mood', { cookie: mia })
  await script.call('all moods by HEAD', 'HEAD /mood', { as: mia })
  await script.call('a page by HEAD', 'HEAD /mood?page=1', { as: mia })
  const unchanged = { as: mia, headers: { 'if-none-match': String(all.headers.etag) } }
  await script.call('all moods, unchanged', 'GET /mood', unchanged)
  await script.call('all moods, unchanged, weakly', 'GET /mood', {
    as: mia,
    headers: { 'if-none-match': `"x", W/${all.headers.etag}` },
  })
  await script.call('all moods, unchanged, elsewhere', 'GET /mood', {
    as: mia,
    headers: { ...unchanged.headers, 'x-timezone': 'America/New_York' },
  })
  await script.call('another page than the unchanged', 'GET /mood?page=1', unchanged)
}

async function one(script: Script, mia: Person, other: Person) {
  const made = await script.call('log what is changed later', 'POST /mood', {
    as: mia,
    body: { mood: 6, note: 'Before.', tags: ['a'], date: '2020-06-01' },
  })
  const path = `/mood/${made.at('mood.id')}`
  const read = await script.call('an entry', `GET ${path}`, { as: mia })
  const etag = String(read.headers.etag)
  await script.call('an entry, unchanged', `GET ${path}`, { as: mia, headers: { 'if-none-match': etag } })
  await script.call('an entry by HEAD', `HEAD ${path}`, { as: mia })
  await script.call('an entry as of a day', `GET ${path}?as_of=2020-06-01`, { as: mia })
  await script.call("somebody else's entry", `GET ${path}`, { as: other })
  await script.call('no entry', `GET /mood/${givenId(101)}`, { as: mia })
  await script.call('an entry whose id is none', 'GET /mood/none', { as: mia })
  await script.call('an id in capitals', `GET ${path.toUpperCase().replace('MOOD', 'mood')}`, { as: mia })
  const patch = (what: string, body: unknown, sent: object = {}) =>
    script.call(`change an entry: ${what}`, `PATCH ${path}`, { as: mia, body, ...sent })
  await patch('its note', { note: 'After.' }, { headers: { 'if-match': etag } })
  await patch('with a stale ETag', { note: 'Too late.' }, { headers: { 'if-match': etag } })
  await patch('with any ETag', { tags: null }, { headers: { 'if-match': '*' } })
  await patch('nothing', {})
  await patch('its mood', { mood: 'calm' })
  await patch('its instant', { occurred_at: '2020-06-03T01:00:00+02:00' })
  await patch('its zone', { timezone: 'Asia/Tokyo' })
  await patch('its date', { date: '2020-06-05' })
  await patch('off the scale', { mood: 99 })
  await patch('to the future', { date: dayFromNow(5) })
  await patch('an unknown field', { id: givenId(102) })
  await patch('a null mood', { mood: null })
  await patch("somebody else's", { note: 'mine' }, { as: other })
  await patch('by cookie', { note: 'By cookie.' }, { as: undefined, cookie: mia })
  await script.call("delete somebody else's entry", `DELETE ${path}`, { as: other })
  await script.call('delete with a stale ETag', `DELETE ${path}`, { as: mia, headers: { 'if-match': etag } })
  await script.call('delete an entry', `DELETE ${path}`, { as: mia, headers: { 'content-type': 'application/json' } })
  await script.call('delete an entry again', `DELETE ${path}`, { as: mia })
  await script.call('an entry that is gone', `GET ${path}`, { as: mia })
  await script.call('log by a key whose entry is gone', 'POST /mood', {
    as: mia,
    body: { mood: 1, id: givenId(103), date: '2020-06-09' },
    headers: { 'idempotency-key': 'key-2' },
  })
  await script.call('delete what a key made', `DELETE /mood/${givenId(103)}`, { as: mia })
  await script.call('the key of what is gone', 'POST /mood', {
    as: mia,
    body: { mood: 1, id: givenId(103), date: '2020-06-09' },
    headers: { 'idempotency-key': 'key-2' },
  })
}

async function streaks(script: Script, mia: Person) {
  for (const query of [
    '',
    '?as_of=2020-03-03',
    '?as_of=2020-03-04',
    '?as_of=2020-03-12',
    `?as_of=${dayFromNow(9)}`,
    '?as_of=none',
    '?from=2020-03-01',
  ]) {
    await script.call(`streak ${query}`, `GET /mood/streak${query}`, { as: mia })
    await script.call(`explanation ${query}`, `GET /mood/streak/explain${query}`, { as: mia })
  }
  const seen = await script.call('a streak in Auckland', 'GET /mood/streak', {
    as: mia,
    headers: { 'x-timezone': 'Pacific/Auckland' },
  })
  await script.call('a streak in Auckland, unchanged', 'GET /mood/streak', {
    as: mia,
    headers: { 'x-timezone': 'Pacific/Auckland', 'if-none-match': String(seen.headers.etag) },
  })
  await script.call('a streak on Mars', 'GET /mood/streak', { as: mia, headers: { 'x-timezone': 'Mars/Olympus' } })
  await script.call('a streak by cookie', 'GET /mood/streak', { cookie: mia })
}
