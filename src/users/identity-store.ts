import { and, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { columnsOf, insertInto, updateOf } from '../db/statements.ts'
import { given, text, type Values } from '../db/values.ts'
import { fold } from '../fold.ts'
import type { UserId } from '../ids.ts'

/** The names a user is found by. */
export interface Names {
  username: string
  email: string | null
}

/**
 * A user's password, username and e-mail address. A name is stored with its user and, folded, in its own table; both
 * change in one batch, guarded by the previous names. The author of published sequences is renamed with the user.
 */
export function identityStore({ prepare, tables: { users, usernames, emails, publishedAuthors } }: Database) {
  const owner = { userId: users.id }
  const of = { ...owner, oldUsername: users.username, oldEmail: text() }
  const unchanged = ({ userId, oldUsername, oldEmail }: Values<typeof of>) =>
    and(
      eq(users.id, userId),
      eq(users.username, oldUsername),
      // No address is empty, so the empty string stands for null.
      sql`coalesce(${users.email}, '') = ${oldEmail}`,
    )

  const password = prepare('user_password', owner, (db, { userId }) =>
    db.select({ hash: users.passwordHash }).from(users).where(eq(users.id, userId)),
  )
  const newPassword = { ...owner, passwordHash: users.passwordHash, updatedAt: users.updatedAt }
  const setPassword = prepare('user_set_password', newPassword, (db, { userId, ...values }) =>
    updateOf(db, users, values).where(eq(users.id, userId)).returning({ id: users.id }),
  )
  const proved = { ...owner, passwordHash: given(users.passwordHash) }
  // An update, so that two batches with the same proof wait for each other.
  const keepPassword = prepare('user_keep_password', proved, (db, { userId, passwordHash }) =>
    updateOf(db, users, { passwordHash })
      .where(and(eq(users.id, userId), eq(users.passwordHash, passwordHash)))
      .returning({ id: users.id }),
  )
  const verified = { ...owner, email: given(users.email), emailVerifiedAt: users.emailVerifiedAt }
  const verifyEmail = prepare('user_verify_email', verified, (db, { userId, email, emailVerifiedAt }) =>
    updateOf(db, users, { emailVerifiedAt })
      .where(and(eq(users.id, userId), eq(users.email, email)))
      .returning({ id: users.id }),
  )
  const renamed = { ...of, username: users.username, email: users.email, updatedAt: users.updatedAt }
  const rename = prepare('user_rename', renamed, (db, { username, email, updatedAt, ...values }) =>
    updateOf(db, users, {
      username,
      email,
      // A new address starts unverified.
      emailVerifiedAt: sql`case when ${users.email} = ${email} then ${users.emailVerifiedAt} end`,
      updatedAt,
    })
      .where(unchanged(values))
      .returning({ id: users.id }),
  )
  const author = { userId: publishedAuthors.userId, username: publishedAuthors.username }
  const renameAuthor = prepare('user_rename_author', author, (db, { userId, username }) =>
    updateOf(db, publishedAuthors, { username }).where(eq(publishedAuthors.userId, userId)),
  )
  const remove = prepare('user_mark_deleted', { ...of, now: users.createdAt }, (db, { now, ...values }) =>
    updateOf(db, users, {
      username: sql`''`,
      email: sql`null`,
      firstName: sql`null`,
      lastName: sql`null`,
      passwordHash: sql`null`,
      moodHistory: sql`null`,
      disabledAt: sql`coalesce(${users.disabledAt}, ${now})`,
      deletedAt: sql`${now}`,
    })
      .where(unchanged(values))
      .returning({ id: users.id }),
  )
  const takeUsername = prepare('username_take', columnsOf(usernames), (db, row) => insertInto(db, usernames, row))
  const takeEmail = prepare('email_take', columnsOf(emails), (db, row) => insertInto(db, emails, row))
  const freeUsername = prepare('username_free', columnsOf(usernames), (db, { folded, userId }) =>
    db.delete(usernames).where(and(eq(usernames.folded, folded), eq(usernames.userId, userId))),
  )
  const freeEmail = prepare('email_free', columnsOf(emails), (db, { folded, userId }) =>
    db.delete(emails).where(and(eq(emails.folded, folded), eq(emails.userId, userId))),
  )
  const usernameTaken = prepare('username_taken', { folded: usernames.folded }, (db, { folded }) =>
    db.select({ user: usernames.userId }).from(usernames).where(eq(usernames.folded, folded)),
  )
  const emailTaken = prepare('email_taken', { folded: emails.folded }, (db, { folded }) =>
    db.select({ user: emails.userId }).from(emails).where(eq(emails.folded, folded)),
  )

  const freeingWrites = (userId: UserId, { username, email }: Names): BoundWrite<unknown>[] => [
    freeUsername.asWrite({ userId, folded: fold(username) }),
    ...(email === null ? [] : [freeEmail.asWrite({ userId, folded: fold(email) })]),
  ]
  const takingWrites = (userId: UserId, { username, email }: Names): BoundWrite<unknown>[] => [
    takeUsername.asWrite({ userId, folded: fold(username) }),
    ...(email === null ? [] : [takeEmail.asWrite({ userId, folded: fold(email) })]),
  ]
  const known = (userId: UserId, { username, email }: Names) => ({
    userId,
    oldUsername: username,
    oldEmail: email ?? '',
  })

  return {
    /** The hash of the user's password; null or undefined where there is none. */
    passwordHash: async (userId: UserId) => (await password.execute({ userId }))[0]?.hash,

    /** The guard of a batch that somebody may write who knew the password: that it is still this one. */
    passwordGuardWrite: (userId: UserId, passwordHash: string) => must(keepPassword.asWrite({ userId, passwordHash })),

    /**
     * The write that sets a password.
     * @param now epoch ms.
     */
    passwordChangeWrite: (userId: UserId, passwordHash: string, now: number) =>
      must(setPassword.asWrite({ userId, passwordHash, updatedAt: new Date(now) })),

    /**
     * The write that marks an address as verified; it returns no row when the account has another address by now.
     * @param now epoch ms.
     */
    emailVerificationWrite: (userId: UserId, email: string, now: number) =>
      verifyEmail.asWrite({ userId, email, emailVerifiedAt: new Date(now) }),

    /** The writes that let a new user be found. A taken name is a `Conflict` in `usernames` or `emails`. */
    takingWrites,

    /**
     * The writes that change a user's names. A taken name is a `Conflict` in `usernames` or `emails`; when the names
     * are no longer `from`, nothing of the batch happens.
     * @param now epoch ms.
     */
    renamingWrites: (userId: UserId, from: Names, to: Names, now: number): BoundWrite<unknown>[] => [
      must(rename.asWrite({ ...known(userId, from), ...to, updatedAt: new Date(now) })),
      ...freeingWrites(userId, from),
      ...takingWrites(userId, to),
      ...(to.username === from.username ? [] : [renameAuthor.asWrite({ userId, username: to.username })]),
    ],

    /**
     * The writes that delete a user's names and shut everybody out of the account; what else is theirs is for
     * `erasureStore` to delete. When the names are no longer these, nothing of the batch happens.
     * @param now epoch ms.
     */
    removalWrites: (userId: UserId, names: Names, now: number): BoundWrite<unknown>[] => [
      must(remove.asWrite({ ...known(userId, names), now: new Date(now) })),
      ...freeingWrites(userId, names),
    ],

    /** The owner of a username or e-mail address, disabled accounts included; undefined when there is none. */
    async ownerOf(name: string) {
      const folded = fold(name)
      return (await (folded.includes('@') ? emailTaken : usernameTaken).execute({ folded }))[0]?.user
    },

    isUsernameTaken: async (name: string) => (await usernameTaken.execute({ folded: fold(name) })).length > 0,
    isEmailTaken: async (address: string) => (await emailTaken.execute({ folded: fold(address) })).length > 0,
  }
}
