import { join } from 'node:path'
import t from 'tap'
import { temporaryFolder } from '../helper.ts'
import { runWorlds } from './worlds.ts'

/** A small budget of worlds for every run of the tests; `node test/client/worlds.ts` has a large one. */

t.test('devices, server and oracle agree in simulated worlds', async t => {
  const seed = Date.now() % 1_000_000_000
  t.comment(`seed ${seed}`)
  const databaseUrl = `file:${join(temporaryFolder(t), 'worlds.db')}`
  const { differences, streaks } = await runWorlds({ databaseUrl, worlds: 4, operations: 150, seed })
  t.strictSame(differences, [])
  t.ok(streaks > 0)
})
