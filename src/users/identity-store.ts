import { and, eq, sql } from 'drizzle-orm'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
import { fold } from '../fold.ts'

/** What a user is found by. */
export interface Names {
  username: string
  email: string | null
}

/**
 * What a user proves who they are with, and is found by: password, username, e-mail address. A name is kept with its
 * user and, folded, in a table of its own; both change in one batch, guarded by the names that the change was made from.
 */
export function identityStore({ prepare, tables: { users, usernames, emails, identities, oauthStates } }: Database) {
  const user = textFor('user')
  const folded = textFor('folded')
  const unchanged = and(
    eq(users.id, user),
    eq(users.username, textFor('oldUsername')),
    // No address is empty, so null has no other.
    eq(sql`coalesce(${users.email}, '')`, textFor('oldEmail')),
  )

  const password = prepare('user_password', db =>
    db.select({ hash: users.passwordHash }).from(users).where(eq(users.id, user)),
  )
  const setPassword = prepare('user_set_password', db =>
    db
      .update(users)
      .set({ passwordHash: valueFor('hash', users.passwordHash), updatedAt: valueFor('now', users.updatedAt) })
      .where(eq(users.id, user))
      .returning({ id: users.id }),
  )
  const verifyEmail = prepare('user_verify_email', db =>
    db
      .update(users)
      .set({ emailVerifiedAt: valueFor('now', users.emailVerifiedAt) })
      .where(and(eq(users.id, user), eq(users.email, textFor('email'))))
      .returning({ id: users.id }),
  )
  const rename = prepare('user_rename', db =>
    db
      .update(users)
      .set({
        username: valueFor('username', users.username),
        email: valueFor('email', users.email),
        // A new address is nobody's until it is verified.
        emailVerifiedAt: sql`case when ${users.email} = ${textFor('email')} then ${users.emailVerifiedAt} end`,
        updatedAt: valueFor('now', users.updatedAt),
      })
      .where(unchanged)
      .returning({ id: users.id }),
  )
  const remove = prepare('user_remove', db => db.delete(users).where(unchanged).returning({ id: users.id }))
  const takeUsername = prepare('username_take', db =>
    db.insert(usernames).values({ folded: sql.placeholder('folded'), userId: sql.placeholder('user') }),
  )
  const takeEmail = prepare('email_take', db =>
    db.insert(emails).values({ folded: sql.placeholder('folded'), userId: sql.placeholder('user') }),
  )
  const freeUsername = prepare('username_free', db =>
    db.delete(usernames).where(and(eq(usernames.folded, folded), eq(usernames.userId, user))),
  )
  const freeEmail = prepare('email_free', db =>
    db.delete(emails).where(and(eq(emails.folded, folded), eq(emails.userId, user))),
  )
  const freeIdentities = prepare('identities_free', db => db.delete(identities).where(eq(identities.userId, user)))
  const forgetLinking = prepare('oauth_states_forget', db =>
    db.delete(oauthStates).where(eq(oauthStates.linkUserId, user)),
  )
  const usernameTaken = prepare('username_taken', db =>
    db.select({ user: usernames.userId }).from(usernames).where(eq(usernames.folded, folded)),
  )
  const emailTaken = prepare('email_taken', db =>
    db.select({ user: emails.userId }).from(emails).where(eq(emails.folded, folded)),
  )

  const freeing = (id: string, { username, email }: Names): BoundWrite<unknown>[] => [
    freeUsername.with({ user: id, folded: fold(username) }),
    ...(email === null ? [] : [freeEmail.with({ user: id, folded: fold(email) })]),
  ]
  const taking = (id: string, { username, email }: Names): BoundWrite<unknown>[] => [
    takeUsername.with({ user: id, folded: fold(username) }),
    ...(email === null ? [] : [takeEmail.with({ user: id, folded: fold(email) })]),
  ]
  const of = (id: string, { username, email }: Names) => ({ user: id, oldUsername: username, oldEmail: email ?? '' })

  return {
    /** The hash of the user's password; null or undefined where there is none. */
    passwordHash: async (id: string) => (await password.execute({ user: id }))[0]?.hash,

    /** The write that sets a password. @param now epoch ms. */
    passwordChange: (id: string, hash: string, now: number) =>
      must(setPassword.with({ user: id, hash, now: new Date(now) })),

    /**
     * The write that notes that an address is the user's own; it answers with no row when the account has another one
     * meanwhile. @param now epoch ms.
     */
    emailVerification: (id: string, email: string, now: number) =>
      verifyEmail.with({ user: id, email, now: new Date(now) }),

    /** The writes that let a new user be found. A taken name is a `Conflict` in `usernames` or `emails`. */
    taking,

    /**
     * The writes that change what a user is found by. A taken name is a `Conflict` in `usernames` or `emails`; when the
     * names are no longer `from`, nothing of the batch happens. @param now epoch ms.
     */
    renaming: (id: string, from: Names, to: Names, now: number): BoundWrite<unknown>[] => [
      must(rename.with({ ...of(id, from), ...to, now: new Date(now) })),
      ...freeing(id, from),
      ...taking(id, to),
    ],

    /**
     * The writes that remove a user, and with the user all that is theirs. When the names are no longer these, nothing of
     * the batch happens.
     */
    removal: (id: string, names: Names): BoundWrite<unknown>[] => [
      must(remove.with(of(id, names))),
      ...freeing(id, names),
      freeIdentities.with({ user: id }),
      forgetLinking.with({ user: id }),
    ],

    /** Whose a username or an e-mail address is, also where the account is disabled; undefined when nobody has it. */
    async ownerOf(name: string) {
      const folded = fold(name)
      return (await (folded.includes('@') ? emailTaken : usernameTaken).execute({ folded }))[0]?.user
    },

    isUsernameTaken: async (name: string) => (await usernameTaken.execute({ folded: fold(name) })).length > 0,
    isEmailTaken: async (address: string) => (await emailTaken.execute({ folded: fold(address) })).length > 0,
  }
}
