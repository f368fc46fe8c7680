import { and, desc, ne, notExists, or, type SQL, sql } from 'drizzle-orm'
import { eq, gt, lte } from '../db/conditions.ts'
import { type BoundWrite, type Commit, Conflict, type Database, must } from '../db/database.ts'
import { type Page, readPage } from '../db/page.ts'
import { raisedVersion, versionNames } from '../db/raised-version.ts'
import { columnsOf, insertInto, updateOf } from '../db/statements.ts'
import type { Values } from '../db/values.ts'
import { ApiError } from '../errors.ts'
import type { ImportId, UserId } from '../ids.ts'
import type { ImportedKind, ImportFormat, ImportState, ImportSummary } from '../vocabulary.ts'

/** An import that has not written for so long (ms) has no process any more. */
export const leaseMs = 60_000
/** Imports of an account that are kept and listed; of older ones only the entries are left. */
const maxListed = 100

export const otherImportRunning = () =>
  new ApiError('import_running', 'Another import of this account is running; wait until it has finished.')

export const stillRunning = () => new ApiError('import_running', 'The import is running; wait until it has finished.')

type Row = Database['tables']['moodImports']['$inferSelect']
/** An import, with what it has come to as its kind tells it. */
export type StoredImport<S extends ImportSummary = ImportSummary> = Row & { summary: S }

export type ImportStore<S extends ImportSummary> = ReturnType<typeof importStore<S>>

/** Imports of one kind of a user's: one at a time of all kinds, whatever process runs it. */
export function importStore<S extends ImportSummary>({ prepare, query, tables }: Database, kind: ImportedKind) {
  const { moodImports, users } = tables
  const { userId, id, state, leaseUntil, createdAt } = moodImports
  const ofKind = eq(moodImports.kind, kind)
  const key = { userId, id }
  const own = (values: Values<typeof key>) => and(eq(userId, values.userId), eq(id, values.id))

  const none = prepare(`${kind}_import_none`, { userId, now: leaseUntil }, (db, values) =>
    db
      .select({ id: users.id })
      .from(users)
      .where(
        and(
          eq(users.id, values.userId),
          notExists(
            db
              .select({ id })
              .from(moodImports)
              .where(and(eq(userId, values.userId), eq(state, sql`'running'`), gt(leaseUntil, values.now))),
          ),
        ),
      ),
  )
  const lapse = prepare(`${kind}_import_lapse`, { userId, now: leaseUntil }, (db, values) =>
    updateOf(db, moodImports, { state: sql`'interrupted'` }).where(
      and(eq(userId, values.userId), eq(state, sql`'running'`), lte(leaseUntil, values.now)),
    ),
  )
  const insert = prepare(`${kind}_import_insert`, columnsOf(moodImports), (db, row) => insertInto(db, moodImports, row))
  const changing = { ...key, state, leaseUntil, summary: moodImports.summary }
  const progress = (name: string, withVersion: boolean) =>
    prepare(name, changing, (db, values) => {
      const raised = raisedVersion(users, versionNames[kind], values.userId)
      const { firstVersion } = moodImports
      return updateOf(db, moodImports, {
        state: values.state,
        leaseUntil: values.leaseUntil,
        summary: values.summary,
        ...(withVersion && {
          lastVersion: raised,
          firstVersion: sql`case when ${firstVersion} = 0 then ${raised} else ${firstVersion} end`,
        }),
      })
        .where(and(own(values), eq(state, sql`'running'`)))
        .returning({ id })
    })
  const moved = progress(`${kind}_import_move`, false)
  const wrote = progress(`${kind}_import_write`, true)
  const undo = prepare(
    `${kind}_import_undo`,
    { ...key, summary: moodImports.summary, at: moodImports.undoneAt },
    (db, values) =>
      updateOf(db, moodImports, { state: sql`'undone'`, summary: values.summary, undoneAt: values.at }).where(
        and(own(values), ne(state, sql`'undone'`)),
      ),
  )
  const versionOf = prepare(`${kind}_import_version`, { userId: users.id }, (db, values) =>
    db.select({ version: users[versionNames[kind]] }).from(users).where(eq(users.id, values.userId)),
  )
  /** One whose server only seemed to be dead ends here: of its next batch nothing happens. */
  const stop = prepare(`${kind}_import_stop`, { ...key, now: leaseUntil }, (db, values) =>
    updateOf(db, moodImports, { state: sql`case when ${state} = 'running' then 'interrupted' else ${state} end` })
      .where(and(own(values), or(sql`${state} <> 'running'`, lte(leaseUntil, values.now))))
      .returning({ firstVersion: moodImports.firstVersion, lastVersion: moodImports.lastVersion }),
  )
  const one = prepare(`${kind}_import_by_id`, key, (db, values) =>
    db
      .select()
      .from(moodImports)
      .where(and(own(values), ofKind)),
  )
  const remove = prepare(`${kind}_import_delete`, key, (db, values) => db.delete(moodImports).where(own(values)))

  /** The oldest ones beyond those that are kept. */
  async function surplus(user: UserId): Promise<ImportId[]> {
    const rows = await query(db =>
      db
        .select({ id })
        .from(moodImports)
        .where(and(eq(userId, user), ofKind))
        .orderBy(desc(createdAt), desc(id))
        .limit(maxListed)
        .offset(maxListed - 1),
    )
    return rows.map(row => row.id)
  }

  return {
    /**
     * Begins an import.
     * @param now epoch ms.
     * @throws {ApiError} `import_running` while there is another one, `id_taken` when there was one with this id.
     */
    async begin(commit: Commit, user: UserId, { id: chosen, format, summary }: NewImport, now: number): Promise<void> {
      const at = new Date(now)
      const row = {
        userId: user,
        id: chosen,
        kind,
        format,
        state: 'running' as const,
        leaseUntil: new Date(now + leaseMs),
        firstVersion: 0,
        lastVersion: 0,
        summary,
        createdAt: at,
        undoneAt: null,
      }
      const removals = (await surplus(user)).map(old => remove.asWrite({ userId: user, id: old }))
      try {
        const begun = await commit([
          must(none.asWrite({ userId: user, now: at })),
          // One whose server only seemed to be dead must not go on beside this one.
          lapse.asWrite({ userId: user, now: at }),
          insert.asWrite(row),
          ...removals,
        ])
        if (!begun) throw otherImportRunning()
      } catch (error) {
        if (!(error instanceof Conflict)) throw error
        throw new ApiError('id_taken', 'You already used this id for another import.')
      }
    },

    /**
     * The guard and the progress of a batch: without a row, somebody else took the import for interrupted.
     * @param hasWritten whether the batch raises the version of the things.
     */
    progressWrite(
      user: UserId,
      running: ImportId,
      progress: { state: ImportState; summary: ImportSummary },
      now: number,
      hasWritten: boolean,
    ): BoundWrite<unknown> {
      const values = { userId: user, id: running, ...progress, leaseUntil: new Date(now + leaseMs) }
      return must((hasWritten ? wrote : moved).asWrite(values))
    },

    /**
     * Ends one, unless it is running, so that it writes nothing any more.
     * @param now epoch ms.
     * @returns the versions of its first and last batch.
     * @throws {ApiError} `import_running`.
     */
    async stop(commit: Commit, user: UserId, stopped: ImportId, now: number) {
      const ended = await commit([must(stop.asWrite({ userId: user, id: stopped, now: new Date(now) }))])
      if (!ended) throw stillRunning()
      return ended[0][0] as { firstVersion: number; lastVersion: number }
    },

    /**
     * Marks one as undone, unless it is: of several undos at once all tell what the first to end has kept.
     * @param now epoch ms.
     * @returns the import, and the version of the things by then.
     */
    async markUndone(commit: Commit, { summary, ...found }: StoredImport<S>, now: number) {
      const { userId: user, id: undone } = found
      const undoneAt = new Date(now)
      const written = await commit([
        undo.asWrite({ userId: user, id: undone, summary, at: undoneAt }),
        one.asWrite({ userId: user, id: undone }),
        versionOf.asWrite({ userId: user }),
      ])
      // No guard but the sender's, which throws.
      const [, [stored], [of]] = written as NonNullable<typeof written>
      // It may have left the list meanwhile, whose length is bounded.
      const marked = stored ?? { ...found, summary, state: 'undone', undoneAt }
      return { undone: marked as StoredImport<S>, version: (of as { version: number }).version }
    },

    /** An import of the user; undefined where there is none. */
    async find(user: UserId, wanted: ImportId, now: number): Promise<StoredImport<S> | undefined> {
      const [found] = await one.execute({ userId: user, id: wanted })
      return found && asOf(found as StoredImport<S>, now)
    },

    /** The imports of the user, the latest first. */
    async page(user: UserId, page: Page, now: number): Promise<{ rows: StoredImport<S>[]; total: number }> {
      const { rows, total } = await readPage(
        { query },
        moodImports,
        () => and(eq(userId, user), ofKind) as SQL,
        page,
        (db, condition) => db.select().from(moodImports).where(condition).orderBy(desc(createdAt), desc(id)),
      )
      return { rows: rows.map(row => asOf(row as StoredImport<S>, now)), total }
    },
  }
}

export interface NewImport {
  id: ImportId
  format: ImportFormat
  summary: ImportSummary
}

/** One whose process was killed says that it is running. */
function asOf<S extends ImportSummary>(found: StoredImport<S>, now: number): StoredImport<S> {
  const isOver = found.state !== 'running' || found.leaseUntil.getTime() > now
  return isOver ? found : { ...found, state: 'interrupted' }
}
