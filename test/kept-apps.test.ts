import t from 'tap'
import { type App, build, signUp } from './helper.ts'

/** Hundreds of tests share an app (kept-apps.ts): without that all of them pass too, and cost twice as much. */

let app: App
t.test('a test that uses an app', async t => {
  app = (await build(t)).app
  const maya = await signUp(app, 'maya')
  await maya.post('/mood', { mood: 5 })
  await maya.get('/mood')
  await maya.get('/account/export')
})

t.test('leaves it to the next one, without its rows', async t => {
  const next = await build(t)
  t.equal(next.app, app)
  await signUp(app, 'maya')
})

const changes: Record<string, (built: Awaited<ReturnType<typeof build>>) => unknown> = {
  'has replaced a function of it': ({ app }) => Object.assign(app, { drain: () => {} }),
  'has replaced a function of a part of it': ({ app }) => Object.assign(app.passwords, { verify: async () => true }),
  'has closed it': ({ app }) => app.close(),
  'has let it listen': ({ app }) => app.listen({ host: '127.0.0.1', port: 0 }),
  'has begun to read an answer in chunks': ({ app }) => app.inject({ url: '/health', payloadAsStream: true }),
  'knows the address of its database': ({ config }) => config.databaseUrl,
}
for (const [what, change] of Object.entries(changes)) {
  let changed: App
  t.test(`a test that ${what}`, async t => {
    const built = await build(t)
    changed = built.app
    await change(built)
  })
  t.test('does not', async t => {
    t.not((await build(t)).app, changed)
  })
}
