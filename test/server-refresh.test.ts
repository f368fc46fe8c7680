import { join } from 'node:path'
import t, { type Test } from 'tap'
import { timeless } from './children.ts'
import { password, temporaryFolder } from './helper.ts'
import { ownPostgres } from './postgres-server.ts'
import { type ServerProcess, send, startServer } from './server-process.ts'

/** A few rounds; `ROUNDS=100 node test/server-refresh.test.ts` is the full proof. */
const rounds = Number(process.env.ROUNDS ?? 5)
const parallel = 50
const JWT_SECRET = 'a secret that the nodes of a test share, long enough'

const engines: Record<string, (t: Test) => Promise<string>> = {
  SQLite: async t => `file:${join(temporaryFolder(t), 'moods.db')}`,
  PostgreSQL: async t => (await ownPostgres(t)).url,
}

for (const [engine, database] of Object.entries(engines)) {
  t.test(`security 10: of 50 parallel refreshes over two processes all get one successor, on ${engine}`, async t => {
    const env = { DATABASE_URL: await database(t), JWT_SECRET, LOG_LEVEL: 'silent', ...timeless }
    // One after the other: the first one migrates.
    const servers = [await startServer(t, env), await startServer(t, env)]
    const at = (i: number) => servers[i % servers.length] as ServerProcess
    const refresh = (i: number, token: string) =>
      // Each over a connection of its own.
      send(at(i), '/refresh', { body: { refresh_token: token }, headers: { connection: 'close' } })

    const signedUp = await send(at(0), '/signup', { body: { username: 'maya', password } })
    let token: string = signedUp.json().refresh_token
    for (let round = 1; round <= rounds; round++) {
      const answers = await Promise.all(Array.from({ length: parallel }, (_, i) => refresh(i, token)))
      const statuses = new Set(answers.map(({ status }) => status))
      const successors = new Set(answers.map(answer => answer.json().refresh_token))
      // Like a client that lost all of these answers.
      const retry = await refresh(round, token)
      const me = await send(at(round + 1), '/me', { token: retry.json().token })
      successors.add(retry.json().refresh_token)
      t.strictSame(
        { statuses: [...statuses], successors: successors.size, retry: retry.status, me: me.status },
        { statuses: [200], successors: 1, retry: 200, me: 200 },
        `round ${round}`,
      )
      token = retry.json().refresh_token
    }
  })
}
