import t from 'tap'
import { uncovered } from '../children.ts'
import { underKills } from '../histories-under-kills.ts'
import { postgresDatabase, startPostgres } from '../postgres-server.ts'

const seed = Math.floor(Math.random() * 2 ** 31)
const server = await startPostgres(t)

t.test('a snapshot is what the entries make on PostgreSQL too, whoever writes and is killed meanwhile', async t => {
  const databaseUrl = await postgresDatabase(t, server)
  const outcome = await underKills({ databaseUrl, env: uncovered, histories: 12, kills: 1, seed })
  t.strictSame(outcome.differences, [], `seed ${seed}`)
  t.equal(outcome.kills, 1)
  t.ok(outcome.checked >= 10, 'and there are some')
})
