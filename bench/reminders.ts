import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openDatabase } from '../src/db/open.ts'
import { simulate } from '../test/reminders/simulation.ts'

/**
 * Reminders and digests of two months on a simulated clock, on two nodes that are killed while they send:
 * `node bench/reminders.ts [--people 500] [--days 60] [--seed 1] [--url postgres://...]`, on SQLite without a URL, which
 * must be that of an empty database.
 */

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '500' },
    days: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    url: { type: 'string' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'moodstreak-reminders-'))
const open = () => openDatabase(values.url ?? `file:${join(folder, 'moods.db')}`)
const database = await open()
const world = { people: Number(values.people), days: Number(values.days), seed: Number(values.seed) }
const result = await simulate(database, open, {
  ...world,
  from: '2026-03-01T00:07:00Z',
  stepMinutes: 15,
  deaths: 0.005,
})
console.log(JSON.stringify(result, null, 2))
await database.close()
rmSync(folder, { recursive: true })
process.exitCode = result.twice + result.afterLogging + result.toUnverified + result.missing.length > 0 ? 1 : 0
