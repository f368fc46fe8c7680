import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { covered } from './children.ts'
import { build, grant, signUp, temporaryFolder } from './helper.ts'

const program = resolve(import.meta.dirname, '../src/commands/admin.ts')
const DATABASE_URL = `file:${join(temporaryFolder(t), 'moods.db')}`

/** `npm run admin -- grant …`, in a folder without a `.env`. */
const command = (...args: string[]) =>
  promisify(execFile)(process.execPath, [program, 'grant', ...args], {
    cwd: temporaryFolder(t),
    env: { ...process.env, ...covered, DATABASE_URL },
  })

t.test('grant makes the first admin, and is kept without an actor', async t => {
  const { app } = await build(t, { at: new Date().toISOString(), databaseUrl: DATABASE_URL })
  const noor = await signUp(app, 'Noor', { email: 'noor@example.org' })
  t.equal((await noor.get('/admin/audit')).statusCode, 403)
  t.match(await command('NOOR', 'admin'), { stdout: 'NOOR is now admin, from the next request on.\n' })
  t.match((await noor.get('/admin/audit')).json(), {
    total: 1,
    audit: [{ kind: 'role_changed', actor_id: null, target_id: noor.id, role: 'admin' }],
  })
  t.match((await noor.get('/account/events')).json().events[0], { kind: 'role_changed', actor_id: null, ip: null })

  const [same] = await Promise.all([
    command('noor@example.org', 'admin'),
    t.rejects(command('noor', 'member'), { code: 1, stdout: '', stderr: /this is the last admin; make/ }),
    t.rejects(command('noor', 'root'), { code: 1, stderr: /the roles are member, instructor, admin\n$/ }),
    t.rejects(command('nobody', 'admin'), { code: 1, stderr: /no such account/ }),
  ])
  t.match(same.stdout, /is already admin/)

  const ines = await signUp(app, 'ines')
  await grant(app, ines.id, 'admin')
  t.match(await command('noor', 'member'), { stdout: 'noor is now member, from the next request on.\n' })
  t.equal((await noor.get('/admin/audit')).statusCode, 403)
  t.equal((await ines.get('/admin/audit')).json().total, 2, 'what changed nothing is not kept')
})
