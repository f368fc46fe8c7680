import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { environment } from '../../src/config.ts'
import { backUpSqlite } from '../../src/db/backup.sqlite.ts'
import { openSqlite } from '../../src/db/open.sqlite.ts'
import { covered, programArgs } from '../children.ts'
import { build, signUp, temporaryFolder } from '../helper.ts'

const run = promisify(execFile)

/** Runs `db:restore` in an empty folder. */
async function restore(t: Test, databaseUrl: string, ...args: string[]) {
  const none = Object.fromEntries(Object.keys(environment.properties).map(key => [key, '']))
  const env = {
    ...process.env,
    ...covered,
    ...none,
    JWT_SECRET: randomBytes(32).toString('base64url'),
    DATABASE_URL: databaseUrl,
  }
  const options = { env, cwd: temporaryFolder(t) }
  return run(process.execPath, [...programArgs('restore', env), ...args], options).then(
    ({ stdout }) => stdout,
    ({ stderr }) => stderr as string,
  )
}

t.test('after an older backup was restored, devices start over and are equal', async t => {
  const file = join(temporaryFolder(t), 'moods.db')
  const backup = join(temporaryFolder(t), 'backup.db')
  const databaseUrl = `file:${file}`
  const before = await build(t, { databaseUrl })
  const maya = await signUp(before.app, 'maya')
  const log = async (mood: number) => (await maya.post('/mood', { mood })).json().mood.id
  await log(1)
  await backUpSqlite(file, backup)
  const lost = await log(2)
  const { cursor } = (await maya.get('/sync')).json()
  t.match(await restore(t, databaseUrl, backup), 'in use; stop the server first')
  await before.app.close()

  const told = await restore(t, databaseUrl, backup)
  t.match(told, 'devices will sync from the beginning')
  t.match(told, `${file}.replaced`)
  t.match(await restore(t, databaseUrl, backup), 'move it away first')

  const after = await build(t, { databaseUrl })
  const headers = { authorization: `Bearer ${maya.token}` }
  const ask = async (url: string) => (await after.app.inject({ url, headers })).json()
  const logged = await after.app.inject({ method: 'POST', url: '/mood', headers, payload: { mood: 3 } })
  t.equal(logged.statusCode, 201)
  t.match(await ask(`/sync?cursor=${cursor}`), { code: 'cursor_expired' }, 'although that version is there again')
  const { changes } = await ask('/sync')
  t.strictSame(
    changes.map(({ value }: { value: { mood: number } }) => value.mood),
    [1, 3],
  )
  t.notOk(changes.some(({ id }: { id: string }) => id === lost))
  await after.app.close()

  const replaced = openSqlite(`${file}.replaced`)
  const { moods } = replaced.tables
  t.equal((await replaced.query(db => db.select().from(moods))).length, 2, 'what was there before is kept')
  await replaced.close()
})

t.test('the epoch alone, after a database was restored by other means', async t => {
  const file = join(temporaryFolder(t), 'moods.db')
  const epoch = async () => {
    const database = openSqlite(file)
    const [row] = await database.query(db => db.select().from(database.tables.installation))
    await database.close()
    return row?.epoch
  }
  const first = await epoch()
  t.match(first, /^[0-9a-f]{32}$/)
  t.match(await restore(t, `file:${file}`, '--epoch-only'), 'from the beginning')
  t.match(await epoch(), /^[0-9a-f]{32}$/)
  t.not(await epoch(), first)
})

t.test('a backup that cannot be restored says why, and changes nothing', async t => {
  const folder = temporaryFolder(t)
  const [file, backup, damaged] = ['moods.db', 'backup.db', 'damaged.db'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  await openSqlite(backup).close()
  t.match(await restore(t, `file:${file}`), 'usage')
  t.match(await restore(t, `file:${file}`, join(folder, 'none')), 'no such backup')
  t.match(await restore(t, 'postgres://127.0.0.1/none', backup), 'pg_restore')
  writeFileSync(damaged, readFileSync(backup).fill(1, 5_000, 9_000))
  t.match(await restore(t, `file:${file}`, damaged), 'moodstreak cannot restore')
  t.notOk(existsSync(file))
  const otherFile = 'the notes of somebody, by a wrong path\n'.repeat(200)
  writeFileSync(file, otherFile)
  t.match(await restore(t, `file:${file}`, backup), 'not a database')
  t.equal(readFileSync(file, 'utf8'), otherFile)
  t.strictSame(readdirSync(folder).sort(), ['backup.db', 'damaged.db', 'moods.db'])
  rmSync(file)
  t.match(await restore(t, `file:${file}`, backup), 'Restored')
  t.notOk(existsSync(`${file}.replaced`), 'there was nothing before')
})
