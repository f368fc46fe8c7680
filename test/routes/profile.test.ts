import t from 'tap'
import type { UserId } from '../../src/ids.ts'
import { type App, build, signUp } from '../helper.ts'

const noLinks = { linkedin: null, facebook: null, github: null, instagram: null, twitter: null, youtube: null }
const details = {
  occupation: 'Yoga teacher',
  home_address: '12 Hill Street\nLimuru',
  country: 'Kenya',
  county: 'Kiambu',
  description: 'Ein Żółw 🐢 und mehr.',
}
const ownPage = { 'sec-fetch-site': 'same-origin' }

t.test('everybody has a profile from sign-up on', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const answer = await maya.get('/profile')
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), {
    username: 'maya',
    email: null,
    email_verified: false,
    first_name: null,
    last_name: null,
    full_name: null,
    occupation: null,
    home_address: null,
    country: null,
    county: null,
    description: null,
    social_links: noLinks,
    avatar_url: null,
    timezone: 'UTC',
    day_starts_at: 0,
    mood_scale: { min: 0, max: 10 },
  })
  t.notMatch(answer.body, /hash|password|user_id|mood_version/i)
  const told = { email: 'noor@example.org', first_name: 'Noor', last_name: 'Haddad', timezone: 'Asia/Amman' }
  const noor = await signUp(app, 'noor', told)
  t.match((await noor.get('/profile')).json(), { ...told, full_name: 'Noor Haddad' })
})

t.test('PATCH keeps what is absent and clears what is null', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya', { first_name: 'Maya', last_name: 'Okafor' })
  const changed = await maya.patch('/profile', {
    timezone: 'Europe/Berlin',
    day_starts_at: 4,
    mood_scale: { min: 1, max: 5 },
  })
  t.equal(changed.statusCode, 200)
  t.match(changed.json(), {
    full_name: 'Maya Okafor',
    timezone: 'Europe/Berlin',
    day_starts_at: 4,
    mood_scale: { min: 1, max: 5 },
  })
  t.equal((await maya.get('/profile')).body, changed.body)
  t.equal((await maya.patch('/profile', {})).body, changed.body, 'nothing asked, nothing changed')
  t.match((await maya.patch('/profile', { first_name: null })).json(), {
    first_name: null,
    last_name: 'Okafor',
    full_name: 'Okafor',
    day_starts_at: 4,
  })
  const cleared = await maya.patch('/profile', {
    last_name: null,
    timezone: null,
    day_starts_at: null,
    mood_scale: null,
  })
  t.match(cleared.json(), {
    full_name: null,
    timezone: 'UTC',
    day_starts_at: 0,
    mood_scale: { min: 0, max: 10 },
  })
})

const shared = await build(t)

t.test('what a person tells about themself is kept as it was sent', async t => {
  const { app, database } = shared
  const [maya, other] = [await signUp(app, 'maya'), await signUp(app, 'other')]
  const changed = await maya.patch('/profile', details)
  t.match(changed.json(), { ...details, social_links: noLinks, first_name: null })
  t.equal((await maya.get('/profile')).body, changed.body)
  t.match((await maya.patch('/profile', { country: null, occupation: '' })).json(), {
    ...details,
    country: null,
    occupation: '',
  })
  const longest = { home_address: 'x'.repeat(300), description: '😀'.repeat(2000) }
  t.match((await maya.patch('/profile', longest)).json(), longest)
  t.match((await other.get('/profile')).json(), { home_address: null, description: null })

  const { profiles } = database.tables
  const rows = await database.query(db => db.select({ user: profiles.userId }).from(profiles))
  t.strictSame(rows, [{ user: maya.id }], 'who has told nothing has no row')
})

t.test('a link that is absent stays, null clears it, and null for all of them clears all', async t => {
  const maya = await signUp(shared.app, 'maya-linked')
  const patch = async (social_links: unknown) => (await maya.patch('/profile', { social_links })).json().social_links
  const links = {
    youtube: 'https://www.youtube.com/@maya',
    twitter: 'https://x.com/maya',
    github: 'https://github.com/maya',
  }
  t.strictSame(await patch(links), { ...noLinks, ...links })
  t.strictSame(await patch({}), { ...noLinks, ...links })
  t.strictSame(await patch({ twitter: null, linkedin: 'https://de.linkedin.com/in/maya' }), {
    ...noLinks,
    ...links,
    twitter: null,
    linkedin: 'https://de.linkedin.com/in/maya',
  })
  await Promise.all([patch({ facebook: 'https://fb.me/maya' }), patch({ instagram: 'https://instagram.com/maya' })])
  const all = { ...links, twitter: null, linkedin: 'https://de.linkedin.com/in/maya' }
  t.strictSame(await patch({}), { ...all, facebook: 'https://fb.me/maya', instagram: 'https://instagram.com/maya' })
  t.strictSame(await patch(null), noLinks)
})

t.test('a link is an absolute https address that hides nothing', async t => {
  const maya = await signUp(shared.app, 'maya-linking')
  const good = [
    'https://github.com',
    'HTTPS://GitHub.com/Maya?tab=x&y=1#top',
    'https://git.example.org:8443/maya',
    'https://zürich.example/ämter',
    'https://x.com/@maya',
    `https://x.com/${'m'.repeat(286)}`,
  ]
  for (const github of good)
    t.equal((await maya.patch('/profile', { social_links: { github } })).json().social_links?.github, github, github)
  const last = good.at(-1)
  const bad = [
    '',
    'github.com/maya',
    '//github.com/maya',
    'http://github.com/maya',
    'javascript:alert(1)',
    'data:text/html,x',
    'https:github.com',
    'https:/github.com',
    'https://',
    'https:///maya',
    'https://github.com@evil.example/',
    'https://maya:secret@github.com/',
    'https://@github.com/',
    'https:\\\\github.com',
    'https://github.com\\@evil.example',
    'https://github.com/a\\b',
    ' https://github.com',
    'https://github.com ',
    'https://github.com/a b',
    'https://git\thub.com',
    'https://github.com/\nmaya',
    'https://github.com/\u202emaya',
    'https://github.com/\u200b',
    'https://git hub.com',
    'https://github.com:99999/',
    'https://[::1',
    `https://x.com/${'m'.repeat(287)}`,
    1,
    true,
    {},
    ['https://github.com'],
  ]
  for (const github of bad) {
    const answer = await maya.patch('/profile', { first_name: 'Changed', social_links: { github } })
    t.equal(answer.statusCode, 400, JSON.stringify(github))
    t.match(answer.json().errors[0], /^social_links\.github must /)
  }
  for (const links of [
    { myspace: 'https://myspace.com/maya' },
    { GitHub: 'https://github.com' },
    'https://x.com',
    [],
  ]) {
    const answer = await maya.patch('/profile', { social_links: links })
    t.equal(answer.statusCode, 400, JSON.stringify(links))
    t.match(answer.json().errors[0], /social_links/)
  }
  const now = (await maya.get('/profile')).json()
  t.match(now, { first_name: null, social_links: { ...noLinks, github: last } })
})

t.test('a change of both tables is done as a whole or not at all', async t => {
  let fails = false
  const { app } = await build(t, {
    wrap: database => ({
      ...database,
      prepare: (name, values, query) => {
        const prepared = database.prepare(name, values, query)
        const broken = database.prepare(`${name}_broken`, {}, db =>
          db.insert(database.tables.profiles).values({ userId: 'nobody' as UserId }),
        )
        const asWrite = (params: Parameters<typeof prepared.asWrite>[0]) =>
          fails && name === 'profile_set_youtube' ? broken.asWrite({}) : prepared.asWrite(params)
        return { ...prepared, asWrite: asWrite as typeof prepared.asWrite }
      },
    }),
  })
  const maya = await signUp(app, 'maya')
  const before = (await maya.patch('/profile', { ...details, first_name: 'Maya' })).body
  fails = true
  const change = { first_name: 'A', occupation: 'B', timezone: 'Asia/Tokyo', social_links: { youtube: 'https://c.d' } }
  t.equal((await maya.patch('/profile', change)).statusCode, 500)
  t.equal((await maya.get('/profile')).body, before)
})

t.test('PATCH by cookie from our own page works as by token', async t => {
  const { app } = await build(t)
  const { cookie } = await signUp(app, 'maya')
  const answer = await app.inject({
    method: 'PATCH',
    url: '/profile',
    payload: { first_name: 'Maya' },
    headers: { cookie, ...ownPage },
  })
  t.equal(answer.json().first_name, 'Maya')
  t.equal((await app.inject({ url: '/me', headers: { cookie } })).json().first_name, 'Maya')
})

t.test('what is not valid is named, and nothing of the request is done', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya', { first_name: 'Maya' })
  const before = (await maya.get('/profile')).body
  const bad: [string, unknown[]][] = [
    ['first_name', [1, {}, [], true, 'x'.repeat(101), 'NUL \0']],
    ['last_name', [1, 'x'.repeat(101), 'half a pair \ud800']],
    ['occupation', [1, {}, 'x'.repeat(101), 'NUL \0']],
    ['home_address', [true, 'x'.repeat(301), 'half a pair \ud800']],
    ['country', [0, 'x'.repeat(101)]],
    ['county', [[], 'x'.repeat(101)]],
    ['description', [{}, 'x'.repeat(2001), 'NUL \0']],
    ['timezone', ['', 'Mars/Olympus', 'Europe/Berlin\0', 0, 'x'.repeat(10_000), '+99:99', {}]],
    ['day_starts_at', [-1, 7, 24, 1.5, '4', true, {}, 1e300]],
    [
      'mood_scale',
      [5, '1-5', [], {}, { min: 1 }, { max: 5 }, { min: 5, max: 5 }, { min: 5, max: 1 }, { min: '1', max: '5' }],
    ],
    [
      'mood_scale',
      [
        { min: 1, max: 5, step: 1 },
        { min: null, max: 5 },
        { min: -1e300, max: 1e300 },
      ],
    ],
  ]
  for (const [field, values] of bad) {
    for (const value of values) {
      const answer = await maya.patch('/profile', { last_name: 'Changed', [field]: value })
      t.equal(answer.statusCode, 400, `${field}: ${JSON.stringify(value).slice(0, 60)}`)
      const { errors } = answer.json()
      t.ok(
        errors.some((sentence: string) => sentence.includes(field)),
        errors,
      )
    }
  }
  for (const body of ['null', '[]', '"x"', '1', '', '{"first_name":"a"'])
    t.equal((await maya.patch('/profile', body, { 'content-type': 'application/json' })).statusCode, 400, body)
  t.equal((await maya.get('/profile')).body, before)
})

t.test('security 25: nobody writes what is not theirs to write', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const other = await signUp(app, 'other')
  const state = async () => [
    (await maya.get('/me')).body,
    (await other.get('/me')).body,
    (await maya.get('/mood')).body,
  ]
  const before = await state()
  const fields = {
    role: 'admin',
    id: other.id,
    user_id: other.id,
    created_at: '2020-01-01T00:00:00.000Z',
    updated_at: '2020-01-01T00:00:00.000Z',
    password_hash: 'x',
    passwordHash: 'x',
    password: 'a new password',
    mood_version: 9,
    full_name: 'Somebody Else',
    avatar_url: 'https://evil.example/',
    username: 'other',
    frist_name: 'a typo',
  }
  for (const [field, value] of Object.entries(fields)) {
    const answer = await maya.patch('/profile', { first_name: 'Changed', [field]: value })
    t.equal(answer.statusCode, 400, field)
    t.match(answer.json().errors, [new RegExp(field)])
  }
  t.strictSame(await state(), before)
})

t.test('parallel changes of different fields all survive', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const changes = [
    { first_name: 'Maya' },
    { last_name: 'Okafor' },
    { timezone: 'Africa/Lagos' },
    { day_starts_at: 3 },
    { mood_scale: { min: 1, max: 5 } },
    ...Object.entries(details).map(([field, value]) => ({ [field]: value })),
  ]
  const logged = { mood: 3, date: '2026-03-01' }
  await Promise.all([...changes.map(change => maya.patch('/profile', change)), maya.post('/mood', logged)])
  t.match((await maya.get('/profile')).json(), Object.assign({}, ...changes))
  t.equal((await maya.get('/mood')).json().total, 1)
})

/** The date, zone, mood and valence of every entry, oldest first. */
const entriesOf = async (app: App, token: string) => {
  const answer = await app.inject({ url: '/mood?order=asc', headers: { authorization: `Bearer ${token}` } })
  const { moods } = answer.json() as { moods: Record<string, unknown>[] }
  return moods.map(({ date, timezone, mood, valence }) => [date, timezone, mood, valence])
}

t.test('a new zone or day start decides about new entries and today, and moves no old one', async t => {
  const { app } = await build(t, { at: '2026-03-05T23:30:00Z' })
  const maya = await signUp(app, 'maya')
  await maya.post('/mood', { mood: 5 })
  const first = ['2026-03-05', 'UTC', 5, 0]
  t.strictSame(await entriesOf(app, maya.token), [first])

  await maya.patch('/profile', { timezone: 'Asia/Tokyo' })
  const { streak_details: inTokyo, streak } = (await maya.get('/mood')).json()
  t.match(inTokyo, { today: '2026-03-06', timezone: 'Asia/Tokyo', status: 'at_risk', last_logged_on: '2026-03-05' })
  t.equal(streak, 1)
  await maya.post('/mood', { mood: 5 })
  const second = ['2026-03-06', 'Asia/Tokyo', 5, 0]
  t.strictSame(await entriesOf(app, maya.token), [first, second])

  // It is 08:30 in Tokyo and 00:30 in Berlin, where a night owl's day is still the one before.
  await maya.patch('/profile', { timezone: 'Europe/Berlin', day_starts_at: 4 })
  t.match((await maya.get('/mood')).json().streak_details, { today: '2026-03-05', timezone: 'Europe/Berlin' })
  await maya.post('/mood', { mood: 5 })
  const dates = (await entriesOf(app, maya.token)).map(([date]) => date)
  t.strictSame(dates, ['2026-03-05', '2026-03-05', '2026-03-06'])
})

t.test('the scale bounds new numbers and leaves old entries, their valence and labels alone', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  await maya.post('/mood', { mood: 10, date: '2026-03-01' })
  await maya.patch('/profile', { mood_scale: { min: 1, max: 5 } })
  t.equal((await maya.post('/mood', { mood: 6 })).json().code, 'mood_off_scale')
  t.equal((await maya.post('/mood', { mood: '0' })).json().code, 'mood_off_scale')
  for (const mood of [1, 3, '5', 'happy']) t.equal((await maya.post('/mood', { mood })).statusCode, 201, String(mood))
  t.strictSame(
    (await entriesOf(app, maya.token)).map(([, , mood, valence]) => [mood, valence]),
    [
      [10, 1],
      [1, -1],
      [3, 0],
      [5, 1],
      ['happy', 0.75],
    ],
  )
})
