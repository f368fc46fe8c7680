import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { readConfig } from '../config.ts'
import { eq } from '../db/conditions.ts'
import type { WritableDatabase } from '../db/database.ts'
import { type ImportId, newId, type UserId } from '../ids.ts'
import { ByteReader } from '../imports/bytes.ts'
import { readMap } from '../imports/entries.ts'
import { type Formats, readerOf, recognize } from '../imports/formats.ts'
import { moodImporter } from '../imports/mood-imports.ts'
import type { PlainImporter } from '../imports/plain-importer.ts'
import * as practiceFormat from '../imports/practices/formats.ts'
import { practiceImporter } from '../imports/practices/importer.ts'
import type { Streaks } from '../imports/tally.ts'
import * as taskFormat from '../imports/tasks/formats.ts'
import { taskImporter } from '../imports/tasks/importer.ts'
import { moodStore } from '../moods/mood-store.ts'
import { withDays } from '../moods/outline.ts'
import { describeStreak, viewpoint } from '../moods/streak-details.ts'
import { newTimezone } from '../moods/zones.ts'
import { type Quotas, quotaStore } from '../quotas/quotas.ts'
import { openUpgraded } from '../upgrades/open-upgraded.ts'
import { identityStore } from '../users/identity-store.ts'
import { type ImportFormat, type ImportSummary, type MoodImportSummary, moodFormats } from '../vocabulary.ts'

const usage =
  'usage: npm run import -- <username or e-mail> <file> [--tasks | --practices] [--dry-run] [--format <format>] [--timezone <zone>] [--map <words.json>]'

const options = {
  tasks: { type: 'boolean', default: false },
  practices: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  format: { type: 'string' },
  timezone: { type: 'string' },
  map: { type: 'string' },
} as const

/**
 * Imports a file for somebody, as `POST /mood/import`, `POST /tasks/import` and `POST /practices/import` do; of any length.
 * @param args of the command line.
 * @param env the variables (`process.env`).
 * @param dotenv whether `.env` in the working folder fills in what is absent.
 * @returns the message to the operator.
 * @throws {Error} with the reason of a failure.
 */
export async function importFile(args: readonly string[], env: NodeJS.ProcessEnv, dotenv = false): Promise<string> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  const [name, file, ...others] = positionals
  if (name === undefined || file === undefined || others.length > 0) throw new Error(usage)
  const config = readConfig(env, dotenv)
  const database = await openUpgraded(config.databaseUrl)
  try {
    const user = await identityStore(database).ownerOf(name)
    if (!user) throw new Error('no such account')
    const asked = { user, file, format: values.format, dryRun: values['dry-run'] }
    const quotas = quotaStore(database, config.limits)
    if (values.tasks && values.practices) throw new Error(usage)
    if (values.tasks)
      return describe(await importPlain(database, taskImporter(database, quotas), taskFormat, asked), asked.dryRun)
    if (values.practices)
      return describe(
        await importPlain(database, practiceImporter(database, quotas), practiceFormat, asked),
        asked.dryRun,
      )
    const map = values.map === undefined ? undefined : await readFile(values.map, 'utf8')
    const summary = await importMoods(database, quotas, { ...asked, timezone: newTimezone(values.timezone), map })
    return `${describe(summary, asked.dryRun)}\n${describeMoods(summary)}`
  } finally {
    await database.close()
  }
}

interface Asked {
  user: UserId
  file: string
  format: string | undefined
  dryRun: boolean
}

async function importMoods(
  database: WritableDatabase,
  quotas: Quotas,
  { map, timezone, ...asked }: Asked & { map: string | undefined; timezone: string | undefined },
): Promise<MoodImportSummary> {
  const settings = await settingsOf(database, asked.user)
  const view = viewpoint(undefined, settings, undefined, Date.now())
  const moods = moodStore(database, quotas)
  // Of an account that was deleted meanwhile, no batch is written before this is asked.
  const history = async () =>
    (await moods.history(asked.user)) as NonNullable<Awaited<ReturnType<typeof moods.history>>>
  const streaksOf = (runs: Parameters<typeof describeStreak>[0]): Streaks => {
    const { streak, streak_details: details } = describeStreak(runs, view)
    return { streak, longest: details.longest.length }
  }
  const bytes = new ByteReader(createReadStream(asked.file))
  const format = named(moodFormats, asked.format) ?? (await recognize(bytes))
  const { summary } = await moodImporter(database, quotas).run({
    ...runOptions(database, asked),
    format,
    context: { submitter: { settings, now: Date.now() }, timezone, map: readMap(map, settings.scale) },
    before: streaksOf(await history()),
    async after(_version, days) {
      const { days: known, skipped, ...now } = await history()
      if (!asked.dryRun) return streaksOf(now)
      const runs = withDays(known, days, skipped)
      return streaksOf({ runs, onTimeRuns: runs })
    },
    open: (_tick, ignored) => readerOf(format)({ bytes: bytes.rest(), ignored }),
  })
  return summary
}

async function importPlain<Format extends ImportFormat, F, New>(
  database: WritableDatabase,
  importer: PlainImporter<Format, F, New>,
  { names, recognize, readerOf }: Omit<Formats<Format, F>, 'maxBytesOf'>,
  asked: Asked,
): Promise<ImportSummary> {
  const bytes = new ByteReader(createReadStream(asked.file))
  const format = named(names, asked.format) ?? (await recognize(bytes))
  const { summary } = await importer.run({
    ...runOptions(database, asked),
    format,
    open: (_tick, ignored) => readerOf(format)({ bytes: bytes.rest(), ignored }),
  })
  return summary
}

const runOptions = (database: WritableDatabase, { user, dryRun }: Asked) => ({
  id: newId<ImportId>(),
  userId: user,
  commit: database.atomic,
  commitUnguarded: database.atomic,
  dryRun,
  now: Date.now,
  stopping: new AbortController().signal,
})

function named<F extends string>(formats: readonly F[], name: string | undefined): F | undefined {
  const found = formats.find(format => format === name)
  if (name !== undefined && !found) throw new Error(`the formats are ${formats.join(', ')}`)
  return found
}

async function settingsOf({ query, tables: { users } }: WritableDatabase, user: UserId) {
  const [found] = await query(db =>
    db
      .select({ timezone: users.timezone, dayStartsAt: users.dayStartsAt, min: users.moodMin, max: users.moodMax })
      .from(users)
      .where(eq(users.id, user)),
  )
  const { timezone, dayStartsAt, min, max } = found as NonNullable<typeof found>
  return { timezone: timezone ?? undefined, dayStartsAt, scale: { min, max } }
}

function describe(summary: ImportSummary, dryRun: boolean): string {
  const { rows, created, duplicates, refused_total: refusedTotal, refused } = summary
  return [
    `${rows} rows: ${created} ${dryRun ? 'would be created' : 'created'}, ${duplicates} already there, ${refusedTotal} refused.`,
    ...refused.map(({ line, reason }) => `line ${line}: ${reason}`),
    ...(refusedTotal > refused.length ? [`… and ${refusedTotal - refused.length} more`] : []),
  ].join('\n')
}

function describeMoods({ unknown_labels: unknown, ...summary }: MoodImportSummary): string {
  return [
    ...(unknown.length > 0 ? [`Words without a valence: ${unknown.map(({ label }) => label).join(', ')}`] : []),
    `The streak is ${summary.streak_after} (before: ${summary.streak_before}), the longest run ${summary.longest_after} (before: ${summary.longest_before}).`,
  ].join('\n')
}
