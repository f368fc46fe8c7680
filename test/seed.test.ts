import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { demoMoods } from '../src/demo/moods.ts'
import { build, signUp, temporaryFolder } from './helper.ts'

const run = promisify(execFile)
const program = resolve(import.meta.dirname, '../src/seed.ts')

const seed = (env: Record<string, string>, ...args: string[]) =>
  run(process.execPath, [program, ...args], { env: { ...process.env, BCRYPT_COST: '4', ...env } })

t.test('the seed makes a demo account with two years of moods and a living streak, once', async t => {
  const databaseUrl = `file:${join(temporaryFolder(t), 'demo.db')}`
  const first = await seed({ DATABASE_URL: databaseUrl })
  const again = await seed({ DATABASE_URL: databaseUrl })
  t.match(first.stdout, /"demo" .* \d{3} moods were added/)
  t.match(again.stdout, /\b[01] moods were added/, 'only what the minute in between has brought')

  const { app } = await build(t, { at: new Date().toISOString(), env: { DATABASE_URL: databaseUrl } })
  const login = await app.inject({ method: 'POST', url: '/login', payload: { username: 'demo', password: 'password' } })
  t.equal(login.statusCode, 200)
  const list = (await app.inject({ url: '/mood', headers: { authorization: `Bearer ${login.json().token}` } })).json()
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
})

t.test('the seed refuses in production unless it is forced', async t => {
  const env = {
    NODE_ENV: 'production',
    JWT_SECRET: 'x'.repeat(32),
    BCRYPT_COST: '10',
    DATABASE_URL: `file:${join(temporaryFolder(t), 'production.db')}`,
  }
  await t.rejects(seed(env), { code: 1, stderr: /this is production/ })
  t.match((await seed(env, '--force')).stdout, /moods were added/)
})

t.test('the seed leaves a person alone who happens to be called demo', async t => {
  const databaseUrl = `file:${join(temporaryFolder(t), 'demo.db')}`
  const { app } = await build(t, { env: { DATABASE_URL: databaseUrl } })
  const demo = await signUp(app, 'Demo')
  await t.rejects(seed({ DATABASE_URL: databaseUrl }), { code: 1, stderr: /cannot seed: .*left alone/ })
  t.equal((await demo.get('/mood')).json().total, 0)
})

t.test('a day always has the same moods', async t => {
  for (let day = 20_000; day < 20_400; day++) t.strictSame(demoMoods(day, 400), demoMoods(day, 400))
  t.ok(demoMoods(20_000, 0).length > 0, 'no gap near today')
})
