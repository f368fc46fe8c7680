import { join } from 'node:path'
import t from 'tap'
import { runCommand } from '../src/commands/admin-commands.ts'
import { build, grant, password, signUp, temporaryFolder } from './helper.ts'

let DATABASE_URL = `file:${join(temporaryFolder(t), 'moods.db')}`

/** What `npm run admin -- …` does; `admin.test.ts` runs the program. */
const admin = (...args: string[]) => runCommand(args, { DATABASE_URL })

const command = (...args: string[]) => admin('grant', ...args)

t.test('grant makes the first admin, and is kept without an actor', async t => {
  const { app } = await build(t, { at: new Date().toISOString(), databaseUrl: DATABASE_URL })
  const noor = await signUp(app, 'Noor', { email: 'noor@example.org' })
  t.equal((await noor.get('/admin/audit')).statusCode, 403)
  t.equal(await command('NOOR', 'admin'), 'NOOR is now admin, from the next request on.')
  t.match((await noor.get('/admin/audit')).json(), {
    total: 1,
    audit: [{ kind: 'role_changed', actor_id: null, target_id: noor.id, role: 'admin' }],
  })
  t.match((await noor.get('/account/events')).json().events[0], { kind: 'role_changed', actor_id: null, ip: null })

  const [same] = await Promise.all([
    command('noor@example.org', 'admin'),
    t.rejects(command('noor', 'member'), { message: /this is the last admin; make/ }),
    t.rejects(command('noor', 'root'), { message: /the roles are member, instructor, admin$/ }),
    t.rejects(command('nobody', 'admin'), { message: /no such account/ }),
  ])
  t.match(same, /is already admin/)

  const ines = await signUp(app, 'ines')
  await grant(app, ines.id, 'admin')
  t.equal(await command('noor', 'member'), 'noor is now member, from the next request on.')
  t.equal((await noor.get('/admin/audit')).statusCode, 403)
  t.equal((await ines.get('/admin/audit')).json().total, 2, 'what changed nothing is not kept')
})

t.test('security 44: create makes the first account where nobody can sign up, and invite lets one more in', async t => {
  const databaseUrl = `file:${join(temporaryFolder(t), 'first.db')}`
  const first = (...args: string[]) => admin(...args).then(said => /\n {2}(?:\S+#)?(\S+)\n/.exec(said)?.[1])
  DATABASE_URL = databaseUrl
  const { app } = await build(t, { at: new Date().toISOString(), databaseUrl, env: { SIGNUP: 'invite' } })
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload })

  const code = await first('create', 'Noor', 'admin')
  t.equal((await post('/password/reset', { code, new_password: password })).statusCode, 204)
  const { token } = (await post('/login', { username: 'noor', password })).json()
  const { total } = (await app.inject({ url: '/admin/users', headers: { authorization: `Bearer ${token}` } })).json()
  t.equal(total, 1)

  const invitation = await first('invite')
  t.equal((await post('/signup', { username: 'ines', password, invitation })).statusCode, 201)
  t.match((await post('/signup', { username: 'mia', password, invitation })).json(), { code: 'sign_up_closed' })

  t.ok(await first('create', 'pia', 'member'))
  await Promise.all([
    t.rejects(admin('create', 'NOOR', 'member'), { message: /there is such an account already/ }),
    t.rejects(admin('create', 'no name', 'member'), { message: /that cannot be a username/ }),
    t.rejects(admin('create', 'uma', 'root'), { message: /the roles are member, instructor, admin/ }),
  ])
})
