import { and, asc, count, desc, inArray, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import { contains, eq } from '../db/conditions.ts'
import type { Database, Db } from '../db/database.ts'
import { type Page, readPage } from '../db/page.ts'
import { fold } from '../fold.ts'
import type { UserId } from '../ids.ts'
import type { Role } from '../vocabulary.ts'
import type { LivingSessions } from './living-sessions.ts'

/** The sort keys of the list; `-` reverses. */
export const peopleSorts = ['created_at', '-created_at', 'username', '-username'] as const
export type PeopleSort = (typeof peopleSorts)[number]

/** Whether the account can sign in. */
export const accountStates = ['active', 'disabled'] as const
export type AccountState = (typeof accountStates)[number]

export interface PeopleFilters {
  /** A part of the username or of the e-mail address, whatever its case. */
  q?: string | undefined
  role?: Role | undefined
  state?: AccountState | undefined
}

/**
 * Accounts as an admin sees them: their names, role and state, and how much data they hold. Nothing that people wrote
 * (moods, notes, tags, tasks, profile) is read here.
 *
 * These reads go across users, on a sharded database to every shard; no others do.
 */
export function peopleStore(database: Database, living: LivingSessions) {
  const { prepare, tables } = database
  const { users, usernames, emails, events, moods, tasks, sessions, personalTokens } = tables

  const person = (db: Db) => ({
    id: users.id,
    username: users.username,
    email: users.email,
    email_verified: sql`(${users.emailVerifiedAt} is not null)`.mapWith(Boolean),
    role: users.role,
    disabled: sql`(${users.disabledAt} is not null)`.mapWith(Boolean),
    created_at: users.createdAt,
    last_signed_in_at: sql<Date | null>`(${db
      .select({ at: events.at })
      .from(events)
      .where(and(eq(events.userId, users.id), inArray(events.kind, ['signed_in', 'signed_up'])))
      .orderBy(desc(events.id))
      .limit(1)})`.mapWith(events.at),
  })
  const one = prepare('person', { userId: users.id, ...living.values }, (db, values) => {
    const counted = (table: typeof moods | typeof tasks | typeof personalTokens) =>
      scalar(db.select({ n: count() }).from(table).where(eq(table.userId, users.id)))
    return db
      .select({
        ...person(db),
        counts: {
          entries: counted(moods),
          tasks: counted(tasks),
          tokens: counted(personalTokens),
          sessions: scalar(
            db
              .select({ n: count() })
              .from(sessions)
              .where(and(eq(sessions.userId, users.id), living.condition(values))),
          ),
        },
      })
      .from(users)
      .where(and(eq(users.id, values.userId), isNull(users.deletedAt)))
  })

  return {
    /**
     * One account with its counts, or undefined.
     * @param at now, epoch ms.
     */
    find: async (userId: UserId, at: number) => (await one.execute({ userId, ...living.at(at) }))[0],

    /** A page of accounts, and the total that match the filters. */
    async page(filters: PeopleFilters, sort: PeopleSort, page: Page) {
      const direction = sort.startsWith('-') ? desc : asc
      const condition = (db: Db) => and(...conditions(db, filters))
      // Ids sort by creation time, so the keys of both tables are in the wanted order.
      if (!sort.endsWith('username'))
        return readPage(database, users, condition, page, (db, wanted) =>
          db.select(person(db)).from(users).where(wanted).orderBy(direction(users.id)),
        )
      return readPage(database, users, condition, page, (db, wanted) =>
        db
          .select(person(db))
          .from(usernames)
          .innerJoin(users, eq(users.id, usernames.userId))
          .where(wanted)
          .orderBy(direction(usernames.folded)),
      )
    },
  }

  function conditions(db: Db, { q, role, state }: PeopleFilters): (SQL | undefined)[] {
    const all: (SQL | undefined)[] = [isNull(users.deletedAt)]
    if (role !== undefined) all.push(eq(users.role, role))
    if (state !== undefined) all.push((state === 'active' ? isNull : isNotNull)(users.disabledAt))
    if (q !== undefined) {
      const found = (names: typeof usernames | typeof emails) =>
        db
          .select({ user: names.userId })
          .from(names)
          .where(contains(names.folded, fold(q)))
      all.push(or(inArray(users.id, found(usernames)), inArray(users.id, found(emails))))
    }
    return all
  }
}

/** A scalar subquery; PostgreSQL counts in 64 bits, which its driver returns as text. */
function scalar(query: unknown) {
  return sql`(${query})`.mapWith(Number)
}
