import { join } from 'node:path'
import t from 'tap'
import { runWorlds } from './client/worlds.ts'
import { temporaryFolder } from './helper.ts'

/** A small budget of worlds for every run of the tests (`SEED` for others); `node test/client/worlds.ts` has a large one. */

t.test('devices, server and oracle agree in simulated worlds', async t => {
  const seed = Number(process.env.SEED ?? 1)
  t.comment(`seed ${seed}`)
  const databaseUrl = `file:${join(temporaryFolder(t), 'worlds.db')}`
  const { differences, streaks } = await runWorlds({ databaseUrl, worlds: 4, operations: 150, seed })
  t.strictSame(differences, [])
  t.ok(streaks > 0)
})
