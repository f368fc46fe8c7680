import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import Client from 'better-sqlite3'
import t from 'tap'
import { batchSize } from '../src/imports/limits.ts'
import { uncovered } from './children.ts'
import { temporaryFolder, until } from './helper.ts'
import { importsUnderKills } from './imports-under-kills.ts'
import { instructorAt, kill, type Server, settingsFor, startKillable } from './killable-server.ts'
import { postgresDatabase, startPostgres } from './postgres-server.ts'
import { type ServerProcess, send, signUpAt, startServer } from './server-process.ts'

const rows = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `2026-02-01,5,row ${from + i}${' '.repeat(300)}.\n`).join('')
const header = 'date,mood,note\n'
/** Rows in two batches, with more than the bytes by which a file is recognized. */
const whole = 2 * batchSize
const id = '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'

t.test(
  'an import whose server is killed keeps whole batches; the same file completes it, and each is undone',
  async t => {
    const file = join(temporaryFolder(t), 'data', 'moods.db')
    const start = () => startServer(t, { DATABASE_URL: `file:${file}`, LOG_LEVEL: 'warn' })
    let server = await start()
    const token = await signUpAt(server, 'maya')
    const body = new PassThrough()
    const answer = post(server, `?id=${id}`, body).catch(() => undefined)
    body.write(header + rows(0, whole + 50))
    await until(async () => madeBy((await send(server, `/mood/imports/${id}`, { token })).json()) === whole)
    await server.stop('SIGKILL')
    t.equal(await answer, undefined)
    body.destroy()
    server = await start()
    t.equal((await send(server, '/mood?per_page=1', { token })).json().total, whole)
    expireLease(file)
    const last = await imported(header + rows(0, 2 * whole))
    t.match(last, { status: 'done', created: whole, duplicates: whole, refused_total: 0 })
    t.match(await imported(header + rows(0, 2 * whole)), { created: 0, duplicates: 2 * whole })
    for (const [one, left] of [
      [id, whole],
      [last.id, 0],
    ]) {
      const undone = await fetch(`${server.url}/mood/imports/${one}`, { method: 'DELETE', headers: as(token) })
      t.match(await undone.json(), { import: { status: 'undone' } })
      t.equal((await send(server, '/mood?per_page=1', { token })).json().total, left, 'what that one made, and no more')
    }

    function post({ url }: ServerProcess, query: string, body: PassThrough | string) {
      return fetch(`${url}/mood/import${query}`, { method: 'POST', headers: as(token), body, duplex: 'half' })
    }
    async function imported(body: string) {
      const answer = (await (await post(server, '', body)).json()) as { import: { id: string } }
      return answer.import
    }
  },
)

/** Of the file, and not of a test: the others of this process use it after it. */
const postgres = () => startPostgres(t)

t.test('PostgreSQL: a file of each kind is completed by another server when the first one is killed', async t => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  t.comment(`seed ${seed}`)
  const env = { ...uncovered, ...settingsFor(await postgresDatabase(t, await postgres())) }
  // One after the other: the first makes the tables.
  const servers: [Server, Server] = [await startKillable(env), await startKillable(env)]
  t.teardown(() => Promise.all(servers.map(kill)))
  const token = await instructorAt(servers[0])
  const { differences, kills } = await importsUnderKills({ servers, env, token, times: 3, seed })
  t.strictSame(differences, [], 'whole batches or nothing, and no row twice')
  t.strictSame(kills, { mood: 1, tasks: 1, practices: 1 })
})

const as = (token: string) => ({ authorization: `Bearer ${token}` })
const madeBy = ({ import: found }: { import?: { created: number } }) => found?.created

/** As after a minute, in which nobody renewed it. */
function expireLease(file: string) {
  const database = new Client(file)
  database.prepare('update mood_imports set lease_until = 0').run()
  database.close()
}
