import { and, asc, desc, inArray, type SQL } from 'drizzle-orm'
import { contains, eq } from '../db/conditions.ts'
import type { Database, Db } from '../db/database.ts'
import { type Page, readPage } from '../db/page.ts'
import { wordsOf } from '../fold.ts'
import type { UserId } from '../ids.ts'
import { keyOf } from '../short-text.ts'
import type { Level } from '../vocabulary.ts'
import { publishedSearch } from './published-search.ts'
import { shownOf, summaryColumns } from './sequence-store.ts'
import { tagKey } from './sequences.ts'

export const sequenceSorts = [
  'title',
  '-title',
  'created_at',
  '-created_at',
  'updated_at',
  '-updated_at',
  'total_seconds',
  '-total_seconds',
] as const

export interface SequenceFilter {
  category?: string
  tag?: string
  level?: Level
  /** Words that must all be in title, description, category or tags. */
  q?: string
  /** `-` in front reverses. */
  sort?: (typeof sequenceSorts)[number]
}

/**
 * Lists of sequences: a user's own, and the published ones.
 * @param searchedBytes of published texts that are kept in memory.
 */
export function sequenceList(database: Database, searchedBytes: number) {
  const { tables } = database
  const { sequences, publishedSequences, publishedAuthors, users } = tables
  const summary = summaryColumns(tables)
  const search = publishedSearch(database, searchedBytes)

  const publishedSummary = {
    ...shownOf(publishedSequences),
    author: {
      username: publishedAuthors.username,
      firstName: publishedAuthors.firstName,
      lastName: publishedAuthors.lastName,
    },
  }
  const publishedSummaries = (db: Db) =>
    db
      .select(publishedSummary)
      .from(publishedSequences)
      .innerJoin(publishedAuthors, eq(publishedAuthors.userId, publishedSequences.userId))

  /** The page of those that match, and their number. */
  async function searched(filter: SequenceFilter, { limit, offset }: Page) {
    const { category, tag, level, q } = filter
    const condition = {
      categoryKey: category === undefined ? undefined : keyOf(category),
      tagLine: tag === undefined ? undefined : tagLine(tag),
      level,
      words: wordsOf(q),
    }
    const { column, descending } = sortOf(filter)
    const ids = await search.find(condition, column, descending)
    const shown = ids.slice(offset, offset + limit)
    const rows = await database.query(db => publishedSummaries(db).where(inArray(publishedSequences.id, shown)))
    return { rows: rows.sort((a, b) => shown.indexOf(a.id) - shown.indexOf(b.id)), total: ids.length }
  }

  const listed = (wanted: SQL | undefined, filter: SequenceFilter, page: Page) =>
    readPage(
      database,
      publishedSequences,
      () => wanted,
      page,
      db =>
        publishedSummaries(db)
          .where(wanted)
          .orderBy(...order(publishedSequences, filter)),
    )

  return {
    /** The user's own sequences, either active or archived. */
    async own(userId: UserId, archived: boolean, filter: SequenceFilter, page: Page) {
      const wanted = and(
        eq(sequences.userId, userId),
        eq(sequences.archived, archived),
        ...conditions(sequences, filter),
      )
      return readPage(
        database,
        sequences,
        () => wanted,
        page,
        db =>
          db
            .select(summary)
            .from(sequences)
            .innerJoin(users, eq(users.id, sequences.userId))
            .where(wanted)
            .orderBy(...order(sequences, filter)),
      )
    },

    /** Published sequences. */
    async published(filter: SequenceFilter, page: Page) {
      const { rows, total } =
        wordsOf(filter.q).length > 0
          ? await searched(filter, page)
          : await listed(and(...conditions(publishedSequences, filter)), filter, page)
      return { rows: rows.map(row => ({ ...row, visibility: 'published' as const, archived: false })), total }
    },
  }
}

export type SequenceSummary = Awaited<ReturnType<ReturnType<typeof sequenceList>['own']>>['rows'][number]

/** Either table: both have the columns that lists need. */
type Listed = Database['tables']['sequences'] | Database['tables']['publishedSequences']

function conditions(of: Listed, { category, tag, level, q }: SequenceFilter): SQL[] {
  return [
    ...(category === undefined ? [] : [eq(of.categoryKey, keyOf(category))]),
    ...(tag === undefined ? [] : [contains(of.tagKeys, tagLine(tag))]),
    ...(level === undefined ? [] : [eq(of.level, level)]),
    ...wordsOf(q).map(word => contains(of.searchText, word)),
  ]
}

const tagLine = (tag: string) => `\n${tagKey(tag)}\n`

const sortColumns = {
  title: 'titleKey',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  total_seconds: 'totalSeconds',
} as const

function sortOf({ sort = '-updated_at' }: SequenceFilter) {
  return { column: sortColumns[sort.replace('-', '') as keyof typeof sortColumns], descending: sort.startsWith('-') }
}

function order(of: Listed, filter: SequenceFilter): SQL[] {
  const { column, descending } = sortOf(filter)
  const along = descending ? desc : asc
  return [along(of[column]), along(of.id)]
}
