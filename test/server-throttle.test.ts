import { join } from 'node:path'
import Client from 'better-sqlite3'
import t from 'tap'
import { timeless } from './children.ts'
import { temporaryFolder } from './helper.ts'
import { type Answer, type ServerProcess, send, startServer } from './server-process.ts'

const wrong = { username: 'nobody', password: 'not the right one' }
/** Again where the server was too busy, as its answer says: a guess waits for those before it, and not for ever. */
async function login(server: ServerProcess): Promise<Answer> {
  const answer = await send(server, '/login', { body: wrong, headers: { connection: 'close' } })
  return answer.status === 503 ? login(server) : answer
}

t.test('security 4: two processes count together, and a SIGKILL lets nobody forget', async t => {
  const file = join(temporaryFolder(t), 'moods.db')
  const env = { RATE_LIMIT: 'on', DATABASE_URL: `file:${file}`, ...timeless }
  const server = await startServer(t, { ...env, WORKERS: '2' })
  const answers = await Promise.all(Array.from({ length: 20 }, () => login(server)))
  t.equal(answers.filter(({ status }) => status === 401).length, 5)
  t.equal(answers.filter(({ status }) => status === 429).length, 15)
  // It counts as ended when its stdout is closed, which its workers also hold.
  t.equal((await server.stop('SIGKILL')).signal, 'SIGKILL')
  await t.rejects(send(server, '/health'), 'when its first process is killed, no worker stays behind')

  const database = new Client(file)
  t.teardown(() => database.close())
  const counted = database.prepare('select max(failures) from throttles').pluck().get()
  t.equal(counted, 20 - 15)
  t.equal((await login(await startServer(t, env))).status, 429)
})
