import t from 'tap'
import { openDatabase } from '../../src/db/open.ts'
import { build } from '../helper.ts'
import { simulate } from './simulation.ts'

t.test('over a change of the clocks nobody is reminded twice, in vain or not at all, while nodes die', async t => {
  const { database, config } = await build(t)
  const world = { people: 30, days: 12, from: '2026-03-25T00:07:00Z', seed: 5, stepMinutes: 30, deaths: 0.02 }
  const result = await simulate(database, () => openDatabase(config.databaseUrl), world)
  t.comment(JSON.stringify(result))
  t.match(result, { twice: 0, afterLogging: 0, toUnverified: 0 })
  t.strictSame(result.missing, [], 'what a node did not die with has been sent')
  t.strictSame(result.unexpected, [])
  t.ok(result.sent > 50 && result.deaths > 0)
})
