import { sql } from 'drizzle-orm'
import type { PoseId, PracticeId, SequenceId, UserId } from '../../ids.ts'
import { levels, type PoseCategory, type SequenceItem, visibilities } from '../../vocabulary.ts'
import type { Columns } from '../columns.ts'
import { ownedTable, sharedTable } from '../described.ts'
import type { accountTables } from './accounts.ts'

/** Poses, sequences and practices. */
export function yogaTables(c: Columns, users: ReturnType<typeof accountTables>['users']) {
  /** Custom poses of instructors. */
  const poses = c.table(
    'poses',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<PoseId>('id').notNull(),
      name: c.str('name').notNull(),
      sanskritName: c.str('sanskrit_name'),
      level: c.oneOf('level', [...levels]).notNull(),
      categories: c.json<PoseCategory[]>('categories').notNull(),
      twoSided: c.bool('two_sided').notNull(),
      holdSeconds: c.int('hold_seconds').notNull(),
      benefits: c.str('benefits'),
      cautions: c.str('cautions'),
      /** Rises with every edit; an edit names the revision it was made from. */
      revision: c.int('revision').notNull(),
      createdAt: c.instant('created_at').notNull(),
      updatedAt: c.instant('updated_at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'poses_pk', columns: [t.userId, t.id] }),
      c.foreignKey({ name: 'poses_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  /** The columns that lists of sequences are filtered and sorted by; derived at each write. */
  const listed = () => ({
    level: c.oneOf('level', [...levels]),
    totalSeconds: c.int('total_seconds').notNull(),
    /** Folded; null without one. */
    categoryKey: c.str('category_key'),
    /** Every folded tag between line feeds. */
    tagKeys: c.str('tag_keys').notNull(),
    /** The beginning of the title without case and accents, for sorting; short, because an index holds it. */
    titleKey: c.str('title_key').notNull(),
    /** Title, description, category and tags without case and accents. */
    searchText: c.str('search_text').notNull(),
    createdAt: c.instant('created_at').notNull(),
    updatedAt: c.instant('updated_at').notNull(),
  })

  const sequences = c.table(
    'sequences',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<SequenceId>('id').notNull(),
      title: c.str('title').notNull(),
      description: c.str('description'),
      category: c.str('category'),
      tags: c.json<string[]>('tags').notNull(),
      visibility: c.oneOf('visibility', [...visibilities]).notNull(),
      archived: c.bool('archived').notNull(),
      /** The sequence it was copied from, of any author; it may be deleted. */
      copiedFrom: c.id<SequenceId>('copied_from'),
      poseCount: c.int('pose_count').notNull(),
      ...listed(),
      /** Rises with every edit; an edit names the revision it was made from. */
      revision: c.int('revision').notNull(),
      /** The whole list in one value, and last, because lists of sequences do not read it. */
      poses: c.json<SequenceItem[]>('poses').notNull(),
      /** What the sequence takes of its owner's quota (src/quotas). */
      bytes: c.int('bytes').notNull().default(0),
      /** The `sequenceVersion` of its user that its last change led to; 0 in rows from before there were versions of rows. */
      version: c.int('version').notNull().default(0),
    },
    t => [
      c.primaryKey({ name: 'sequences_pk', columns: [t.userId, t.id] }),
      c.foreignKey({ name: 'sequences_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
      c.index('sequences_by_update').on(t.userId, t.archived, t.updatedAt, t.id),
      c.index('sequences_by_version').on(t.userId, t.version, t.id),
    ],
  )

  /**
   * Published sequences: their owners, and all that lists show and are filtered by. Written in the same batch as the
   * sequence. No foreign key: on a sharded engine this table is elsewhere. What lists show has defaults because earlier
   * versions had no such columns (src/upgrades/list-published.ts).
   */
  const publishedSequences = c.table(
    'published_sequences',
    {
      id: c.id<SequenceId>('id').primaryKey(),
      userId: c.id<UserId>('user_id').notNull(),
      ...listed(),
      title: c.str('title').notNull().default(''),
      category: c.str('category'),
      tags: c.json<string[]>('tags').notNull().default([]),
      copiedFrom: c.id<SequenceId>('copied_from'),
      poseCount: c.int('pose_count').notNull().default(0),
      revision: c.int('revision').notNull().default(0),
      description: c.str('description'),
    },
    t => [
      c.index('published_sequences_by_user').on(t.userId),
      c.index('published_sequences_by_title').on(t.titleKey, t.id),
      c.index('published_sequences_by_creation').on(t.createdAt, t.id),
      c.index('published_sequences_by_update').on(t.updatedAt, t.id),
      c.index('published_sequences_by_length').on(t.totalSeconds, t.id),
      // What a search asks of each of them: without their rows, which have texts.
      c.index('published_sequences_by_revision').on(t.id, t.revision, t.updatedAt),
    ],
  )

  /**
   * The names of those who have published something, beside it. The first publication writes the row, and each change of a
   * name changes it in the same batch.
   */
  const publishedAuthors = c.table('published_authors', {
    userId: c.id<UserId>('user_id').primaryKey(),
    username: c.str('username').notNull(),
    firstName: c.str('first_name'),
    lastName: c.str('last_name'),
  })

  /** Practices of sequences. A practice outlives its sequence, so it has no foreign key there and stores its title. */
  const practices = c.table(
    'practices',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<PracticeId>('id').notNull(),
      date: c.day('date').notNull(),
      sequenceId: c.id<SequenceId>('sequence_id').notNull(),
      title: c.str('title').notNull(),
      totalSeconds: c.int('total_seconds').notNull(),
      note: c.str('note'),
      /**
       * SHA-256 of the submission with a client-made id; tells a retry from a conflict. Of an imported practice what its row
       * was.
       */
      digest: c.str('digest'),
      /** Rises with every edit; an edit names the revision it was made from. */
      revision: c.int('revision').notNull().default(1),
      createdAt: c.instant('created_at').notNull(),
      /** Null in rows of version 0.1.0; readers take the time of creation. */
      updatedAt: c.instant('updated_at'),
      /** What the practice takes of its owner's quota (src/quotas). */
      bytes: c.int('bytes').notNull().default(0),
      /** The `practiceVersion` of its user that its last change led to; 0 in rows from before there were versions of rows. */
      version: c.int('version').notNull().default(0),
    },
    t => [
      c.primaryKey({ name: 'practices_pk', columns: [t.userId, t.id] }),
      c.foreignKey({ name: 'practices_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
      c.index('practices_by_day').on(t.userId, t.date, t.id),
      c.index('practices_by_sequence').on(t.userId, t.sequenceId, t.date, t.id),
      c.index('practices_by_version').on(t.userId, t.version, t.id),
      // Of imported practices, and of those with a client's id.
      c.index('practices_by_digest').on(t.userId, t.digest, t.id).where(sql`${t.digest} is not null`),
    ],
  )

  return {
    poses: ownedTable(poses, { as: 'poses' }),
    sequences: ownedTable(sequences, {
      as: 'sequences',
      without: ['categoryKey', 'tagKeys', 'titleKey', 'searchText', 'version'],
    }),
    publishedSequences: sharedTable(publishedSequences, {
      exported: { not: 'is in `sequences`' },
      erased: { by: 'userId' },
    }),
    publishedAuthors: sharedTable(publishedAuthors, {
      exported: { not: 'is in `account` and `profile`' },
      erased: { by: 'userId' },
    }),
    practices: ownedTable(practices, { as: 'practices', without: ['version'] }),
  }
}
