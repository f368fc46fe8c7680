import { and, eq, or, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
import type { Person } from './provider.ts'

/** So many identities a person has at most. */
export const maxIdentities = 20

/** What one needs to know of an identity to remove it. */
export type Link = Identity & { id: string }
type Identity = Pick<Person, 'issuer' | 'subject'>

/**
 * Which provider's people are which users: by issuer and subject, never by e-mail address. An identity belongs to one
 * user; who it is stands in a table of its own, found without knowing the user, and both are written together.
 */
export function linkStore({ prepare, tables: { identities, userIdentities, users } }: Database) {
  const user = textFor('user')
  const ofUser = eq(userIdentities.userId, user)
  const byIdentity = and(eq(identities.issuer, textFor('issuer')), eq(identities.subject, textFor('subject')))

  const find = prepare('identity_find', db => db.select({ user: identities.userId }).from(identities).where(byIdentity))
  const list = prepare('identity_list', db =>
    db
      .select({
        id: userIdentities.id,
        provider: userIdentities.provider,
        issuer: userIdentities.issuer,
        subject: userIdentities.subject,
        email: userIdentities.email,
        created_at: userIdentities.createdAt,
      })
      .from(userIdentities)
      .where(ofUser)
      .orderBy(userIdentities.id),
  )
  const take = prepare('identity_take', db =>
    db.insert(identities).values({
      issuer: sql.placeholder('issuer'),
      subject: sql.placeholder('subject'),
      userId: sql.placeholder('user'),
    }),
  )
  const insert = prepare('identity_insert', db =>
    db.insert(userIdentities).values({
      userId: sql.placeholder('user'),
      id: sql.placeholder('id'),
      provider: sql.placeholder('provider'),
      issuer: sql.placeholder('issuer'),
      subject: sql.placeholder('subject'),
      email: sql.placeholder('email'),
      createdAt: sql.placeholder('now'),
    }),
  )
  const use = prepare('identity_use', db =>
    db
      .update(userIdentities)
      .set({ email: valueFor('email', userIdentities.email) })
      .where(and(ofUser, eq(userIdentities.issuer, textFor('issuer')), eq(userIdentities.subject, textFor('subject'))))
      .returning({ id: userIdentities.id }),
  )
  const free = prepare('identity_free', db => db.delete(identities).where(and(byIdentity, eq(identities.userId, user))))
  const remove = prepare('identity_remove', db =>
    db
      .delete(userIdentities)
      .where(and(ofUser, eq(userIdentities.id, textFor('id'))))
      .returning({ id: userIdentities.id }),
  )
  // Counted within the write: of two removals at once, the second sees what the first has left.
  const others = sql`(select count(*) from ${userIdentities} where ${userIdentities.userId} = ${user}) > 1`
  const password = sql`exists (select 1 from ${users} where ${users.id} = ${user} and ${users.passwordHash} is not null)`
  const removeUnlessLast = prepare('identity_remove_unless_last', db =>
    db
      .delete(userIdentities)
      .where(and(ofUser, eq(userIdentities.id, textFor('id')), or(others, password)))
      .returning({ id: userIdentities.id }),
  )

  return {
    /** Whose an identity is, or undefined. */
    owner: async ({ issuer, subject }: Identity) => (await find.execute({ issuer, subject }))[0]?.user,

    /** A user's identities, in the order of their linking. */
    list: (id: string) => list.execute({ user: id }),

    /** An identity's id and the writes that link it; one that somebody has is a `Conflict` in `identities`. @param at now, epoch ms. */
    linking(owner: string, provider: string, { issuer, subject, email }: Person, at: number) {
      const id = uuidv7()
      const identity = { user: owner, issuer, subject }
      const row = { ...identity, id, provider, email, now: new Date(at) }
      return { id, writes: [take.with(identity), insert.with(row)] satisfies BoundWrite<unknown>[] }
    },

    /** The write that a sign-in by an identity stands on, for `must`; it keeps the address that the provider knows now. */
    use: (owner: string, { issuer, subject, email }: Person) => use.with({ user: owner, issuer, subject, email }),

    /**
     * The writes that remove an identity, unless it is the last way in: then nothing of the batch happens. The user's own
     * row must be locked before them, so that two removals at once come one after the other.
     */
    unlinking: (owner: string, { id, issuer, subject }: Link): BoundWrite<unknown>[] => [
      must(removeUnlessLast.with({ user: owner, id })),
      free.with({ user: owner, issuer, subject }),
    ],

    /** The writes that remove an identity from an account that has another way in. */
    removal: (owner: string, { id, issuer, subject }: Link): BoundWrite<unknown>[] => [
      remove.with({ user: owner, id }),
      free.with({ user: owner, issuer, subject }),
    ],
  }
}

/**
 * Whether an identity was linked before the account's e-mail address was known to be its owner's: then it may be
 * somebody's who signed up with another's address, and waits for the owner to take the account over.
 */
export function isOlderThanProof(linkedAt: Date, provedAt: Date | null): boolean {
  return provedAt === null || linkedAt.getTime() < provedAt.getTime()
}
