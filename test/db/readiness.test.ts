import t from 'tap'
import { readinessOf } from '../../src/db/readiness.ts'
import { build } from '../helper.ts'

t.test(
  'a write that hangs, on a machine of a cluster, is failing, and a server that hangs is not ready: no probe hangs',
  async t => {
    const { database } = await build(t)
    let hangs = false
    const hanging: typeof database = {
      ...database,
      prepare: (...query) => {
        const prepared = database.prepare(...query)
        return { ...prepared, execute: params => (hangs ? new Promise(() => {}) : prepared.execute(params)) }
      },
    }
    let now = Date.parse('2026-03-05T12:00:00Z')
    t.strictSame(await readinessOf(hanging, () => now)(), { writes: 'ok' })
    hangs = true
    now += 1_000
    t.strictSame(await readinessOf(hanging, () => now, 1)(), { writes: 'failing' })
    const silent = { ...hanging, ping: () => new Promise<void>(() => {}) }
    await t.rejects(readinessOf(silent, () => now, 1)(), { message: 'database unavailable: SILENT' })
  },
)
