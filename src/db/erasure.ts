import { and, isNotNull, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { UserId } from '../ids.ts'
import { stepSize } from '../step-size.ts'
import { eq } from './conditions.ts'
import type { BoundWrite, Commit, Database } from './database.ts'
import { columnOf, factsOf } from './described.ts'
import { keyOf } from './primary-key.ts'
import { allTables } from './schema.ts'
import { rowCount } from './values.ts'

/** Rows of each table that one batch deletes: the wait of another write. A row may have 200 KB. */
const stepOfRows = { min: 4, max: 256, targetMs: 10 }

/**
 * Deletes what is a user's from every table. An account goes in two stages (docs/decisions/deleting-in-steps.md): one batch
 * marks its user as deleted, together with `erasureWrites`; then `eraseRows` deletes the rest in steps, so that others can
 * write in between however much there is.
 */
export function erasureStore({ prepare, query, tables }: Database) {
  const { users } = tables
  const owner = { userId: users.id }

  const global = allTables(tables).flatMap(([name, table]) => {
    const { erased } = factsOf(table)
    if (typeof erased === 'string' || !('by' in erased)) return []
    const column = columnOf(table, erased.by)
    return [prepare(`erase_${name}`, owner, (db, { userId }) => db.delete(table).where(eq(column, userId as never)))]
  })

  const owned = allTables(tables).flatMap(([name, table]) => {
    if (factsOf(table).owner !== 'userId') return []
    const key = keyOf(table).map(([, column]) => column)
    const userColumn = key[0] as SQLiteColumn
    const tuple = sql`(${sql.join(key, sql`, `)})`
    return [
      prepare(`erase_some_${name}`, { ...owner, limit: rowCount }, (db, { userId, limit }) => {
        const own = eq(userColumn, userId as never)
        // One row a user: there is nothing to take in steps.
        if (key.length === 1) return db.delete(table).where(own).returning({ user: userColumn })
        const some = db
          .select({ key: sql.join(key, sql`, `) })
          .from(table)
          .where(own)
          .limit(limit)
        return db
          .delete(table)
          .where(and(own, sql`${tuple} in ${some}`))
          .returning({ user: userColumn })
      }),
    ]
  })
  const remove = prepare('erase_user', owner, (db, { userId }) =>
    db.delete(users).where(and(eq(users.id, userId), isNotNull(users.deletedAt))),
  )

  const step = stepSize(stepOfRows)

  /** @returns whether there may be more. */
  async function eraseSome(commit: Commit, userId: UserId): Promise<boolean> {
    const limit = step.next
    const started = performance.now()
    const deleted = await commit(owned.map(some => some.asWrite({ userId, limit })))
    step.took(performance.now() - started)
    return Boolean(deleted?.some(rows => rows.length === limit))
  }

  let turn: Promise<unknown> = Promise.resolve()
  /** Steps of several accounts come one after the other: together they would be one long commit. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work)
    turn = result.catch(() => {})
    return result
  }

  /**
   * Deletes all rows of a user who is marked as deleted, and the mark with them.
   * @param stopping ends it after a step.
   */
  async function eraseRows(commit: Commit, userId: UserId, stopping?: AbortSignal): Promise<void> {
    let more = true
    while (more) {
      if (stopping?.aborted) return
      more = await inTurn(() => eraseSome(commit, userId))
    }
    await remove.execute({ userId })
  }

  return {
    /** The writes that delete what is a user's in the tables that are found without knowing the user. */
    erasureWrites: (userId: UserId): BoundWrite<unknown>[] => global.map(statement => statement.asWrite({ userId })),

    eraseRows,

    /**
     * Deletes what is left of accounts whose deletion a crash or a stop has interrupted.
     * @param stopping ends it after a step; the rest stays for the next time.
     */
    async finishDeletions(commit: Commit, stopping: AbortSignal): Promise<void> {
      const left = await query(db => db.select({ id: users.id }).from(users).where(isNotNull(users.deletedAt)))
      for (const { id } of left) await eraseRows(commit, id, stopping)
    },
  }
}
