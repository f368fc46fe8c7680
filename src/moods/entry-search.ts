import { and, type SQL } from 'drizzle-orm'
import { readByIds } from '../db/by-ids.ts'
import { eq } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { rowCount, type Values } from '../db/values.ts'
import { fold } from '../fold.ts'
import type { EntryId, UserId } from '../ids.ts'
import { keyOf } from '../short-text.ts'
import { turnTaker } from '../streaming/turns.ts'
import type { MoodValue } from '../vocabulary.ts'
import { formatDay } from './calendar.ts'
import { along, inWalk, type Stretch, walk } from './entry-list.ts'
import { wireEntry } from './entry-row.ts'

/** Entries that are compared in one turn of the event loop: about 2 ms. */
const entriesPerTurn = 250

/** What was found: the ids in list order, and the version that they were all read at; undefined when there was none. */
export interface Found {
  ids: EntryId[]
  version: number | undefined
}

/** The words of a search, folded as tags are: accents count. */
export function wordsIn(query: string): string[] {
  return fold(query)
    .split(/\s+/)
    .filter(word => keyOf(word) !== '')
}

/** Whether each word is somewhere in the note, the label or a tag of an entry. */
export function contains(words: readonly string[], { mood, note, tags }: Texts): boolean {
  // A word has no white space, so none is found where two texts meet.
  const text = folded([note ?? '', typeof mood === 'string' ? mood : '', ...tags].join('\n'))
  return words.every(word => text.includes(word))
}

interface Texts {
  mood: MoodValue
  note: string | null
  tags: readonly string[]
}

/** Texts of ASCII are most, and folding them is only this. */
function folded(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what ASCII is.
  return /^[\x00-\x7f]*$/.test(text) ? text.toLowerCase() : fold(text)
}

/**
 * Finds entries by parts of words. Each turn of the event loop compares some entries of one search, of all that the process
 * makes; nothing of what is written is kept for it (docs/decisions/searching-notes.md).
 */
export function entrySearch({ prepare, tables }: Database) {
  const { moods, moodTags, users } = tables
  const version = users.moodVersion
  const compared = {
    id: moods.id,
    mood: moods.mood,
    note: moods.note,
    tags: moods.tags,
    date: moods.date,
    at: moods.sortAt,
    version,
  }
  const scan = (order: Stretch['order']) =>
    prepare(`mood_scan_${order}`, { ...walk(moods), limit: rowCount }, (db, values) =>
      db
        .select(compared)
        .from(moods)
        .innerJoin(users, eq(users.id, moods.userId))
        .where(and(eq(moods.userId, values.userId), ...inWalk(values, order, [moods.date, moods.sortAt, moods.id])))
        .orderBy(...along(order, [moods.date, moods.sortAt, moods.id]))
        .limit(values.limit),
    )
  const scanByTag = (order: Stretch['order']) =>
    prepare(`mood_scan_by_tag_${order}`, { ...walk(moods), tag: moodTags.tag, limit: rowCount }, (db, values) => {
      const place = [moodTags.date, moodTags.sortAt, moodTags.moodId] as const
      return db
        .select(compared)
        .from(moodTags)
        .innerJoin(moods, and(eq(moods.userId, moodTags.userId), eq(moods.id, moodTags.moodId)))
        .innerJoin(users, eq(users.id, moodTags.userId))
        .where(and(eq(moodTags.userId, values.userId), eq(moodTags.tag, values.tag), ...inWalk(values, order, place)))
        .orderBy(...along(order, place))
        .limit(values.limit)
    })
  const scans = { asc: scan('asc'), desc: scan('desc') }
  const scansByTag = { asc: scanByTag('asc'), desc: scanByTag('desc') }
  const among = readByIds(moods.id, (size, ids, isAmong) =>
    prepare(
      `mood_list_by_ids_${size}`,
      { userId: moods.userId, ...ids },
      (db, values: Values<{ userId: typeof moods.userId }>) =>
        db
          .select({ id: moods.id, entry: wireEntry(tables), date: moods.date, version })
          .from(moods)
          .innerJoin(users, eq(users.id, moods.userId))
          .where(and(eq(moods.userId, values.userId), isAmong(values)) as SQL),
      'entry',
    ),
  )
  const turn = turnTaker()

  return {
    /**
     * The entries of a walk that have every word.
     * @param isWanted asked before each turn, with how many were found; when it is false the search ends.
     */
    async search(
      userId: UserId,
      words: readonly string[],
      { order, tag, start, until }: Pick<Stretch, 'order' | 'tag' | 'start' | 'until'>,
      isWanted: (found: number) => boolean,
    ): Promise<Found> {
      const ids: EntryId[] = []
      let version: number | undefined
      let from = start
      while (isWanted(ids.length)) {
        await turn()
        const place = { startDate: from.date, startAt: from.at, startId: from.id, until: formatDay(until) }
        const params = { userId, ...place, limit: entriesPerTurn }
        const rows =
          tag === undefined
            ? await scans[order].execute(params)
            : await scansByTag[order].execute({ ...params, tag: keyOf(tag) })
        for (const row of rows) if (contains(words, row)) ids.push(row.id)
        const last = rows.at(-1)
        version ??= last?.version
        // Another device has written: what was found before may be otherwise now.
        if (last && last.version !== version) return { ids, version: last.version }
        if (!last || rows.length < entriesPerTurn) break
        from = { date: last.date, at: last.at, id: last.id }
      }
      return { ids, version }
    },

    /** Some entries in the order of their ids, as `list` gives them. */
    async listByIds(userId: UserId, ids: readonly EntryId[]) {
      const rows = new Map((await among({ userId }, ids)).map(row => [row.id, row]))
      return ids.map(id => rows.get(id)).filter(row => row !== undefined)
    },
  }
}
