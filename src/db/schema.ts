import type { Columns } from './columns.ts'

/** Every role there is. `admin` is never self-chosen. */
export const roles = ['member', 'instructor', 'admin'] as const
export type Role = (typeof roles)[number]

/**
 * What decided an entry's local day, in order of precedence: the rules 1-5 of "local day of an entry"; `entry` is the
 * zone it had before its time was corrected.
 */
export const dateSources = ['date', 'offset', 'timezone', 'entry', 'profile', 'default'] as const
export type DateSource = (typeof dateSources)[number]

/** What a person submitted as their mood: a number on their scale, or a label. */
export type MoodValue = number | string

/**
 * Every table, written once for every engine. A user-owned table has a primary key that begins with
 * `user_id` and no foreign key that crosses users; what must be found without knowing the user
 * (a username, an e-mail address) is a small table of its own. A table has no unique key but its
 * primary key: that is what lets a `Conflict` be named by its table on both engines.
 */
export function defineSchema(c: Columns) {
  const users = c.table('users', {
    id: c.id('id').primaryKey(),
    username: c.str('username').notNull(),
    email: c.str('email'),
    firstName: c.str('first_name'),
    lastName: c.str('last_name'),
    role: c.oneOf('role', [...roles]).notNull(),
    passwordHash: c.str('password_hash'),
    /** Null until the person sets one; their days are then UTC's. */
    timezone: c.str('timezone'),
    dayStartsAt: c.int('day_starts_at').notNull(),
    moodMin: c.float('mood_min').notNull(),
    moodMax: c.float('mood_max').notNull(),
    /** Rises by one with every change of the user's moods: the key of everything derived from them. */
    moodVersion: c.int('mood_version').notNull(),
    createdAt: c.instant('created_at').notNull(),
    updatedAt: c.instant('updated_at').notNull(),
  })

  /** Who has a username, after folding. No foreign key: on a sharded engine this table lives elsewhere. */
  const usernames = c.table('usernames', {
    folded: c.str('folded').primaryKey(),
    userId: c.id('user_id').notNull(),
  })

  /** Who has an e-mail address, after folding. */
  const emails = c.table('emails', {
    folded: c.str('folded').primaryKey(),
    userId: c.id('user_id').notNull(),
  })

  const sessions = c.table(
    'sessions',
    {
      userId: c.id('user_id').notNull(),
      id: c.id('id').notNull(),
      cookieHash: c.str('cookie_hash').notNull(),
      refreshHash: c.str('refresh_hash').notNull(),
      /** The hash that `refreshHash` replaced: presenting it again within the grace period is an honest retry. */
      replacedRefreshHash: c.str('replaced_refresh_hash'),
      refreshedAt: c.instant('refreshed_at').notNull(),
      createdAt: c.instant('created_at').notNull(),
      expiresAt: c.instant('expires_at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'sessions_pk', columns: [t.userId, t.id] }),
      c.foreignKey({ name: 'sessions_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  const moods = c.table(
    'moods',
    {
      userId: c.id('user_id').notNull(),
      id: c.id('id').notNull(),
      date: c.day('date').notNull(),
      dateSource: c.oneOf('date_source', [...dateSources]).notNull(),
      occurredAt: c.instant('occurred_at').notNull(),
      timezone: c.str('timezone').notNull(),
      mood: c.json<MoodValue>('mood').notNull(),
      valence: c.float('valence'),
      note: c.str('note'),
      tags: c.json<string[]>('tags').notNull(),
      /** SHA-256 of what was submitted with a client-made id; tells a retry from a clash. */
      digest: c.str('digest'),
      /** Rises with every edit of this entry: what `If-Match` compares. */
      revision: c.int('revision').notNull(),
      createdAt: c.instant('created_at').notNull(),
      updatedAt: c.instant('updated_at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'moods_pk', columns: [t.userId, t.id] }),
      c.foreignKey({ name: 'moods_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
      c.index('moods_by_day').on(t.userId, t.date, t.occurredAt, t.id),
    ],
  )

  /** Which entries carry a tag, in list order; the tag is folded, the entry itself keeps it as written. */
  const moodTags = c.table(
    'mood_tags',
    {
      userId: c.id('user_id').notNull(),
      tag: c.str('tag').notNull(),
      date: c.day('date').notNull(),
      occurredAt: c.instant('occurred_at').notNull(),
      moodId: c.id('mood_id').notNull(),
    },
    t => [
      c.primaryKey({ name: 'mood_tags_pk', columns: [t.userId, t.tag, t.date, t.occurredAt, t.moodId] }),
      c
        .foreignKey({
          name: 'mood_tags_mood_fk',
          columns: [t.userId, t.moodId],
          foreignColumns: [moods.userId, moods.id],
        })
        .onDelete('cascade'),
      c.index('mood_tags_by_mood').on(t.userId, t.moodId),
    ],
  )

  return { users, usernames, emails, sessions, moods, moodTags }
}

export type Tables = ReturnType<typeof defineSchema>
