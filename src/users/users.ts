import { eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../db/database.ts'
import { textFor } from '../db/placeholder.ts'
import type { Role } from '../db/schema.ts'
import { fold } from '../fold.ts'

export interface NewUser {
  username: string
  email: string | null
  firstName: string | null
  lastName: string | null
  role: Role
  passwordHash: string
  timezone: string | null
}

/** What a person can change about themself. */
export interface ProfileFields {
  firstName: string | null
  lastName: string | null
  timezone: string | null
  dayStartsAt: number
  moodMin: number
  moodMax: number
}

/**
 * Whether a name can be a username: letters, digits, `.`, `_` and `-`, a letter or digit first, and nothing that
 * cannot be seen (two names that look the same would be two people).
 */
export function isUsername(name: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]*$/u.test(name) && !/\p{Default_Ignorable_Code_Point}/u.test(name)
}

/** The settings that a new account starts with: days from midnight, moods from 0 to 10. */
export const defaultSettings = { dayStartsAt: 0, moodMin: 0, moodMax: 10 }

/** People and how they are found: by a folded username or e-mail address, each in a small table of its own. */
export function userStore({ prepare, query, tables: { users, usernames, emails } }: Database) {
  const insertUsername = prepare('username_insert', db =>
    db.insert(usernames).values({ folded: sql.placeholder('folded'), userId: sql.placeholder('user') }),
  )
  const insertEmail = prepare('email_insert', db =>
    db.insert(emails).values({ folded: sql.placeholder('folded'), userId: sql.placeholder('user') }),
  )
  const insertUser = prepare('user_insert', db =>
    db.insert(users).values({
      id: sql.placeholder('id'),
      username: sql.placeholder('username'),
      email: sql.placeholder('email'),
      firstName: sql.placeholder('firstName'),
      lastName: sql.placeholder('lastName'),
      role: sql.placeholder('role'),
      passwordHash: sql.placeholder('passwordHash'),
      timezone: sql.placeholder('timezone'),
      ...defaultSettings,
      moodVersion: 0,
      createdAt: sql.placeholder('now'),
      updatedAt: sql.placeholder('now'),
    }),
  )
  const login = { id: users.id, passwordHash: users.passwordHash }
  const byUsername = prepare('user_by_username', db =>
    db
      .select(login)
      .from(usernames)
      .innerJoin(users, eq(users.id, usernames.userId))
      .where(eq(usernames.folded, textFor('folded'))),
  )
  const byEmail = prepare('user_by_email', db =>
    db
      .select(login)
      .from(emails)
      .innerJoin(users, eq(users.id, emails.userId))
      .where(eq(emails.folded, textFor('folded'))),
  )

  return {
    /**
     * A new user's id and the writes that make them; a taken name is a `Conflict` in `usernames` or `emails`.
     * @param now epoch ms.
     */
    create(user: NewUser, now: number) {
      const id = uuidv7()
      const writes = [
        insertUsername.with({ folded: fold(user.username), user: id }),
        ...(user.email === null ? [] : [insertEmail.with({ folded: fold(user.email), user: id })]),
        insertUser.with({ ...user, id, now: new Date(now) }),
      ]
      return { id, writes }
    },

    /** Whom a username, or an e-mail address (it has an `@`, which no username has), belongs to. */
    async findLogin(name: string) {
      const folded = fold(name)
      return (await (folded.includes('@') ? byEmail : byUsername).execute({ folded }))[0]
    },

    /** Changes the fields that are given and no other, so that two devices do not undo each other. @param now epoch ms. */
    updateProfile: (id: string, changes: Partial<ProfileFields>, now: number) =>
      query(db =>
        db
          .update(users)
          .set({ ...changes, updatedAt: new Date(now) })
          .where(eq(users.id, id)),
      ),
  }
}
