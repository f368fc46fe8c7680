import { and, asc, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { eq, lte } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { bare, rowCount, text, type Values } from '../db/values.ts'
import type { UserId } from '../ids.ts'
import { wireEntry } from '../moods/entry-row.ts'
import { turnTaker } from '../streaming/turns.ts'
import { wireTask } from '../tasks/task.ts'
import { type SyncedKind, syncedKinds } from '../vocabulary.ts'
import { wirePractice } from '../yoga/practice.ts'
import { type FoundSequence, summaryColumns } from '../yoga/sequence-store.ts'
import { beginning, endOf, type Place, type Position, type Positions } from './cursor.ts'
import type { Versions } from './versions.ts'

/** One page of changes. */
interface FeedPage {
  /** As JSON. */
  changes: string[]
  /** Where the next page begins. */
  positions: Positions
  hasMore: boolean
}

/** What a page is read for. */
interface FeedRequest {
  userId: UserId
  /** Where the page before ended. */
  from: Positions
  kinds: readonly SyncedKind[]
  /** Of changes. */
  limit: number
  /** Read before: no change of a later version is in the page. */
  versions: Versions
  /** When they were read, epoch ms. */
  now: number
}

interface Row extends Place {
  revision: number
  /** JSON; null of what is deleted. */
  value: string | null
}

/** Rows of one kind behind a place, in order; as many as there are, up to a limit. */
type Read = (userId: UserId, after: Place, until: number, limit: number) => Promise<readonly Row[]>

/** A page ends behind the change that makes it this long, in characters: some 3 000 entries as people write them. */
const maxPageLength = 1024 * 1024
/** Rows of one read, between two of which others have their turn. A sequence has up to 300 poses. */
const maxRows: Record<SyncedKind, number> = { mood: 200, task: 200, practice: 200, sequence: 10 }

/**
 * The changes of what a user has, in the order of their versions. A version covers many things when they were changed
 * together, so a place is a version and an id. What changes while the pages are read gets a later version and comes again:
 * nothing is missed, and no state of a thing comes twice.
 * @param showSequence a sequence as its own read shows it.
 */
export function changeFeed(database: Database, showSequence: (sequence: FoundSequence) => Promise<object>) {
  const { prepare, tables } = database
  const { moods, tasks, practices, sequences, deletions, users } = tables
  const turn = turnTaker()

  const span = { userId: users.id, version: moods.version, id: text(), until: moods.version, limit: rowCount }
  const within = (table: Versioned, { userId, version, id, until }: Values<typeof span>, kind?: SyncedKind) =>
    and(
      sql`${table.userId} = ${userId}`,
      kind && eq(deletions.kind, kind),
      sql`(${table.version}, ${table.id}) > (${bare(version)}, ${bare(id)})`,
      lte(table.version, until as never),
    ) as SQL

  const livingBehind = (name: string, table: SyncedTable, value: Record<string, SQLiteColumn | SQL>): Read => {
    const { id, version, revision } = table
    const statement = prepare(
      name,
      span,
      (db, values) =>
        db
          .select({ id, version, revision, value })
          .from(table)
          .where(within(table, values))
          .orderBy(asc(version), asc(id))
          .limit(values.limit),
      'value',
    )
    return async (userId, after, until, limit) => {
      const rows = await statement.execute({ userId, version: after.version, id: after.id, until, limit })
      return rows.map(row => ({ ...row, value: `${row.value}}` }))
    }
  }
  const sequencesBehind = prepare('sync_sequences', span, (db, values) =>
    db
      .select({
        ...summaryColumns(tables),
        poses: sequences.poses,
        bytes: sequences.bytes,
        version: sequences.version,
      })
      .from(sequences)
      .innerJoin(users, eq(users.id, sequences.userId))
      .where(within(sequences, values))
      .orderBy(asc(sequences.version), asc(sequences.id))
      .limit(values.limit),
  )
  const deletedBehind = (kind: SyncedKind) =>
    prepare(`sync_deleted_${kind}`, span, (db, values) =>
      db
        .select({ id: deletions.id, version: deletions.version, revision: deletions.revision })
        .from(deletions)
        .where(within(deletions, values, kind))
        .orderBy(asc(deletions.version), asc(deletions.id))
        .limit(values.limit),
    )

  const living: Record<SyncedKind, Read> = {
    mood: livingBehind('sync_moods', moods, wireEntry(tables)),
    task: livingBehind('sync_tasks', tasks, wireTask(tables)),
    practice: livingBehind('sync_practices', practices, wirePractice(tables)),
    async sequence(userId, { version, id }, until, limit) {
      const rows = await sequencesBehind.execute({ userId, version, id, until, limit })
      return Promise.all(rows.map(async row => ({ ...row, value: JSON.stringify(await showSequence(row)) })))
    },
  }
  const deletedOf = Object.fromEntries(syncedKinds.map(kind => [kind, deletedBehind(kind)])) as Record<
    SyncedKind,
    ReturnType<typeof deletedBehind>
  >

  /** The next rows of a kind, living and deleted. */
  async function rowsBehind(userId: UserId, kind: SyncedKind, after: Position, until: number, limit: number) {
    const { version, id } = after.version <= after.start ? endOf(after.start) : after
    const [alive, gone] = await Promise.all([
      living[kind](userId, after, until, limit),
      deletedOf[kind].execute({ userId, version, id, until, limit }),
    ])
    if (gone.length === 0) return alive
    const rows: Row[] = [...alive, ...gone.map(row => ({ ...row, value: null }))]
    return rows.sort(inOrder).slice(0, limit)
  }

  /** Reads a page. The next one begins at its positions, however much has changed by then. */
  return async ({ userId, from, kinds, limit, versions, now }: FeedRequest): Promise<FeedPage> => {
    const at = Math.floor(now / 1000)
    const positions: Positions = { ...from }
    const changes: string[] = []
    let length = 0
    for (const kind of syncedKinds) {
      if (!kinds.includes(kind)) continue
      const until = versions[kind]
      let position: Position = from[kind] ?? { ...beginning, start: until, at }
      for (;;) {
        const room = length < maxPageLength ? limit - changes.length : 0
        // One more than there is room for: only then is it known whether there are more.
        const wanted = Math.min(room, maxRows[kind]) + 1
        const rows = isBehind(position, until) ? [] : await rowsBehind(userId, kind, position, until, wanted)
        let taken = 0
        for (const row of rows.slice(0, wanted - 1)) {
          if (length >= maxPageLength) break
          taken++
          const change = changeOf(kind, row)
          changes.push(change)
          length += change.length
          position = { ...position, version: row.version, id: row.id }
          positions[kind] = position
        }
        if (taken === rows.length && rows.length < wanted) break
        if (room === 0) return { changes, positions, hasMore: true }
        await turn()
      }
      positions[kind] = { ...endOf(until), start: position.start, at }
    }
    return { changes, positions, hasMore: false }
  }
}

/** The tables whose rows the database can show as they are read. */
type SyncedTable = Database['tables']['moods' | 'tasks' | 'practices']

interface Versioned {
  userId: SQLiteColumn
  version: SQLiteColumn
  id: SQLiteColumn
}

const inOrder = (a: Place, b: Place) => a.version - b.version || (a.id < b.id ? -1 : 1)

const isBehind = (place: Place, version: number) => place.version === version && place.id === endOf(version).id

function changeOf(kind: SyncedKind, { id, revision, value }: Row): string {
  return `{"kind":"${kind}","id":"${id}","revision":${revision},"deleted":${value === null},"value":${value}}`
}
