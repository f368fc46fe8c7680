import { and, asc, desc, type SQL } from 'drizzle-orm'
import { contains, eq } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { type Page, readPage } from '../db/page.ts'
import { wordsOf } from '../fold.ts'
import type { UserId } from '../ids.ts'
import { keyOf } from '../short-text.ts'
import type { Level } from '../vocabulary.ts'
import { summaryColumns } from './sequence-store.ts'
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

/** Lists of sequences: a user's own, and the published ones. */
export function sequenceList(database: Database) {
  const { tables } = database
  const { sequences, publishedSequences, users } = tables
  const summary = summaryColumns(tables)

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
      const wanted = and(...conditions(publishedSequences, filter))
      return readPage(
        database,
        publishedSequences,
        () => wanted,
        page,
        db =>
          db
            .select(summary)
            .from(publishedSequences)
            .innerJoin(
              sequences,
              and(eq(sequences.userId, publishedSequences.userId), eq(sequences.id, publishedSequences.id)),
            )
            .innerJoin(users, eq(users.id, publishedSequences.userId))
            .where(wanted)
            .orderBy(...order(publishedSequences, filter)),
      )
    },
  }
}

export type SequenceSummary = Awaited<ReturnType<ReturnType<typeof sequenceList>['own']>>['rows'][number]

/** Either table: both have the columns that lists need. */
type Listed = Database['tables']['sequences'] | Database['tables']['publishedSequences']

function conditions(of: Listed, { category, tag, level, q }: SequenceFilter): SQL[] {
  return [
    ...(category === undefined ? [] : [eq(of.categoryKey, keyOf(category))]),
    ...(tag === undefined ? [] : [contains(of.tagKeys, `\n${tagKey(tag)}\n`)]),
    ...(level === undefined ? [] : [eq(of.level, level)]),
    ...wordsOf(q).map(word => contains(of.searchText, word)),
  ]
}

function order(of: Listed, { sort = '-updated_at' }: SequenceFilter): SQL[] {
  const columns = {
    title: of.titleKey,
    created_at: of.createdAt,
    updated_at: of.updatedAt,
    total_seconds: of.totalSeconds,
  }
  const column = columns[sort.replace('-', '') as keyof typeof columns]
  const along = sort.startsWith('-') ? desc : asc
  return [along(column), along(of.id)]
}
