import t from 'tap'
import { refreshAtOnce } from './refreshes.ts'
import { twoNodes } from './two-nodes.ts'

/** A few rounds; `ROUNDS=100 node test/server-refresh.test.ts` is the full proof. On SQLite: `server-workers.test.ts`. */
const rounds = Number(process.env.ROUNDS ?? 3)

t.test('security 10: of 50 parallel refreshes over two processes all get one successor, on PostgreSQL', async t => {
  await refreshAtOnce(t, (await twoNodes()).servers, rounds)
})
