import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { seedDemo } from '../src/commands/seed-demo.ts'
import { demoMoods } from '../src/demo/moods.ts'
import { demoDraft, demoPractices, demoSequences } from '../src/demo/sequences.ts'
import { covered, programArgs } from './children.ts'
import { build, signUp, temporaryFolder } from './helper.ts'

const run = promisify(execFile)

/** A day with a mood at 9:23 and one at 21:52, in Berlin. */
const [noon, night] = ['2026-02-17T12:00:00+01:00', '2026-02-17T23:00:00+01:00']

/** What the program does. */
const seed = (env: Record<string, string>, at = noon, ...args: string[]) =>
  seedDemo(args, { BCRYPT_COST: '4', ...env }, { now: Date.parse(at) })

t.test('the seed makes a demo account with two years of moods, a living streak, ten tasks and yoga, once', async t => {
  const databaseUrl = `file:${join(temporaryFolder(t), 'demo.db')}`
  t.match(await seed({ DATABASE_URL: databaseUrl }), /"demo" .* Added \d{3} moods, 10 tasks and 4 sequences/)
  t.match(await seed({ DATABASE_URL: databaseUrl }), /Added 0 moods, 0 tasks and 0 sequences/)
  t.match(
    await seed({ DATABASE_URL: databaseUrl }, night),
    /Added 1 moods, 0 tasks and 0 sequences/,
    'the evening has come',
  )

  const { app } = await build(t, { at: night, env: { DATABASE_URL: databaseUrl } })
  const login = await app.inject({ method: 'POST', url: '/login', payload: { username: 'demo', password: 'password' } })
  t.equal(login.statusCode, 200)
  const headers = { authorization: `Bearer ${login.json().token}` }
  const list = (await app.inject({ url: '/mood', headers })).json()
  t.match((await app.inject({ url: '/profile', headers })).json(), {
    occupation: 'Yoga teacher',
    social_links: { github: 'https://github.com/demo', twitter: null },
  })
  t.ok(list.total > 600)
  t.ok(list.streak >= 14, `a streak of ${list.streak}`)
  t.ok(list.streak_details.longest.length >= list.streak)
  const days = new Set(list.moods.map(({ date }: { date: string }) => date))
  t.ok(days.size < list.total, 'several moods on some days')
  t.ok(days.size < 720, 'gaps')
  const seen = (field: string) =>
    list.moods.filter((mood: Record<string, unknown>) => (mood[field] as string[] | null)?.length)
  t.ok(seen('tags').length > 100)
  t.ok(seen('note').length > 100)

  const tasks = async (query: string) => (await app.inject({ url: `/tasks${query}`, headers })).json().total
  t.equal(await tasks(''), 10)
  t.ok((await tasks('?completed=true')) >= 3)
  t.ok((await tasks(`?completed=false&due_to=2026-02-17`)) >= 1, 'some are late')
  const { sequences } = (await app.inject({ url: '/sequences', headers })).json()
  t.equal(sequences.length, 4)
  for (const { id, title, total_seconds } of sequences) {
    const { findings } = (await app.inject({ url: `/sequences/${id}/check`, headers })).json()
    if (title === demoSequences[demoDraft]?.title) t.ok(findings.length > 1, 'the draft shows what a check finds')
    else t.strictSame(findings, [], `${title} is a good example`)
    if (title.startsWith('Twenty minutes')) t.equal(Math.round(total_seconds / 60), 20, 'it is as long as it says')
  }
  t.equal((await app.inject({ url: '/sequences?scope=published', headers })).json().total, 1)
  t.ok((await app.inject({ url: '/practices', headers })).json().total > 2 * demoPractices.length)

  const trash = (await app.inject({ url: '/mood/trash', headers })).json()
  t.equal(trash.total, 3)
  const revised = list.moods.filter(({ revision }: { revision: number }) => revision > 1)
  t.ok(revised.length > 2, 'notes that were edited')
  const { revisions } = (await app.inject({ url: `/mood/${revised[0].id}/revisions`, headers })).json()
  t.ok(revised[0].note.startsWith(revisions[0].note.slice(0, -1)))
  t.match((await app.inject({ url: '/profile', headers })).json(), { reminder_at: '20:30' })
  t.match((await app.inject({ url: '/tokens', headers })).json().tokens, [{ scopes: ['mood:read'] }])
  const { associations } = (await app.inject({ url: '/mood/stats', headers })).json()
  for (const kind of ['tag', 'weekday', 'practice'])
    t.ok(
      associations.some((one: { kind: string; found: boolean }) => one.kind === kind && one.found),
      `a true ${kind}`,
    )
})

t.test('field case 21: the seed refuses in production unless it is forced', async t => {
  const env = {
    NODE_ENV: 'production',
    JWT_SECRET: 'a secret that only the tests know, and long enough',
    BCRYPT_COST: '10',
    DATABASE_URL: `file:${join(temporaryFolder(t), 'production.db')}`,
  }
  await t.rejects(seed(env), { message: /this is production/ })
  t.match(await seed(env, noon, '--force'), /Added \d+ moods/)
})

t.test('the program prints what it did, or why it did nothing', async t => {
  const env = { ...process.env, ...covered, BCRYPT_COST: '4' }
  const program = (env: NodeJS.ProcessEnv) => run(process.execPath, programArgs('seed', env), { env })
  const DATABASE_URL = `file:${join(temporaryFolder(t), 'demo.db')}`
  t.match((await program({ ...env, DATABASE_URL })).stdout, /^The account "demo" \(password: "password"\) is ready/)
  const failed = program({ ...env, DATABASE_URL: 'nowhere' })
  await t.rejects(failed, { code: 1, stdout: '', stderr: /DATABASE_URL/ })
})

t.test('the seed leaves a person alone who happens to be called demo', async t => {
  const databaseUrl = `file:${join(temporaryFolder(t), 'demo.db')}`
  const { app } = await build(t, { env: { DATABASE_URL: databaseUrl } })
  const demo = await signUp(app, 'Demo')
  await t.rejects(seed({ DATABASE_URL: databaseUrl }), { message: /left unchanged/ })
  t.equal((await demo.get('/mood')).json().total, 0)
})

t.test('a day always has the same moods', async t => {
  for (let day = 20_000; day < 20_400; day++) t.strictSame(demoMoods(day, 400), demoMoods(day, 400))
  t.ok(demoMoods(20_000, 0).length > 0, 'no gap near today')
})
