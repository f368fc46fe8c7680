import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { demoMoods } from '../src/demo/moods.ts'
import { demoPractices } from '../src/demo/sequences.ts'
import { covered, programArgs, timeless } from './children.ts'
import { build, signUp, temporaryFolder } from './helper.ts'

const run = promisify(execFile)

/** No time passes between two of them. */
const seed = (env: Record<string, string>, ...args: string[]) =>
  run(process.execPath, [...programArgs('seed', env), ...args], {
    env: { ...process.env, ...timeless, BCRYPT_COST: '4', ...env },
  })

t.test('the seed makes a demo account with two years of moods, a living streak, ten tasks and yoga, once', async t => {
  const databaseUrl = `file:${join(temporaryFolder(t), 'demo.db')}`
  const first = await seed({ DATABASE_URL: databaseUrl, ...covered })
  const again = await seed({ DATABASE_URL: databaseUrl, ...covered })
  t.match(first.stdout, /"demo" .* Added \d{3} moods, 10 tasks and 3 sequences/)
  t.match(again.stdout, /Added 0 moods, 0 tasks and 0 sequences/)

  const { app } = await build(t, { at: new Date().toISOString(), env: { DATABASE_URL: databaseUrl } })
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
  t.ok((await tasks(`?completed=false&due_to=${new Date().toISOString().slice(0, 10)}`)) >= 1, 'some are late')
  const { sequences } = (await app.inject({ url: '/sequences', headers })).json()
  t.equal(sequences.length, 3)
  for (const { id, title } of sequences) {
    const { findings } = (await app.inject({ url: `/sequences/${id}/check`, headers })).json()
    t.strictSame(findings, [], `${title} is a good example`)
  }
  t.equal((await app.inject({ url: '/sequences?scope=published', headers })).json().total, 1)
  t.equal((await app.inject({ url: '/practices', headers })).json().total, demoPractices.length)
})

t.test('field case 21: the seed refuses in production unless it is forced', async t => {
  const env = {
    NODE_ENV: 'production',
    JWT_SECRET: 'a secret that only the tests know, and long enough',
    BCRYPT_COST: '10',
    DATABASE_URL: `file:${join(temporaryFolder(t), 'production.db')}`,
  }
  await t.rejects(seed({ ...env, ...covered }), { code: 1, stderr: /this is production/ })
  t.match((await seed(env, '--force')).stdout, /Added \d+ moods/)
})

t.test('the seed leaves a person alone who happens to be called demo', async t => {
  const databaseUrl = `file:${join(temporaryFolder(t), 'demo.db')}`
  const { app } = await build(t, { env: { DATABASE_URL: databaseUrl } })
  const demo = await signUp(app, 'Demo')
  await t.rejects(seed({ DATABASE_URL: databaseUrl, ...covered }), { code: 1, stderr: /cannot seed: .*left unchanged/ })
  t.equal((await demo.get('/mood')).json().total, 0)
})

t.test('a day always has the same moods', async t => {
  for (let day = 20_000; day < 20_400; day++) t.strictSame(demoMoods(day, 400), demoMoods(day, 400))
  t.ok(demoMoods(20_000, 0).length > 0, 'no gap near today')
})
