import { and, isNull } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { must, type WritableDatabase } from '../db/database.ts'
import { columnsOf, insertInto, updateOf } from '../db/statements.ts'
import type { Upgrade } from './upgrade.ts'

/**
 * Makes the upgrades that a database has not seen, step by step and in order. A step and its position are one batch that
 * a guarded row lets happen once: whoever is interrupted, or runs beside another process, goes on where the data stands.
 * @param now epoch ms.
 * @throws {Unavailable}
 */
export async function runUpgrades(
  database: WritableDatabase,
  upgrades: readonly Upgrade[],
  now: () => number,
): Promise<void> {
  const { prepare, query, atomic, tables } = database
  const table = tables.upgrades
  const known = await query(db => db.select().from(table))
  const finished = new Set(known.filter(({ finishedAt }) => finishedAt !== null).map(({ name }) => name))
  const missing = upgrades.filter(({ name }) => !finished.has(name))
  if (missing.length === 0) return

  const begin = prepare('upgrade_begin', columnsOf(table), (db, row) =>
    insertInto(db, table, row).onConflictDoNothing(),
  )
  const one = prepare('upgrade_by_name', { name: table.name }, (db, { name }) =>
    db.select().from(table).where(eq(table.name, name)),
  )
  const advance = prepare(
    'upgrade_advance',
    { ...columnsOf(table), after: table.position },
    (db, { name, after, position, finishedAt }) =>
      updateOf(db, table, { position, finishedAt })
        .where(and(eq(table.name, name), eq(table.position, after), isNull(table.finishedAt)))
        .returning({ name: table.name }),
  )

  for (const { name, steps } of missing) {
    const next = steps(database)
    await begin.execute({ name, position: '', finishedAt: null })
    for (;;) {
      const [row] = await one.execute({ name })
      if (!row || row.finishedAt) break
      const { writes, position } = await next(row.position)
      const finishedAt = position === undefined ? new Date(now()) : null
      const moved = { name, after: row.position, position: position ?? row.position, finishedAt }
      // Where somebody else was faster nothing is written, and the row says where to go on.
      await atomic([must(advance.asWrite(moved)), ...writes])
    }
  }
}
