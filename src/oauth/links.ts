import { and, or, type SQL, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { columnsOf, insertInto, updateOf } from '../db/statements.ts'
import { rowCount, type Values } from '../db/values.ts'
import { type LinkId, newId, type UserId } from '../ids.ts'
import type { Person } from './provider.ts'

/** Maximum number of identities per user. */
export const maxIdentities = 20

/** The data needed to remove an identity. */
export type Link = Identity & { id: LinkId }
type Identity = Pick<Person, 'issuer' | 'subject'>

/**
 * The users of providers' identities: by issuer and subject, never by e-mail address. An identity belongs to one user;
 * a global table finds it without the user, and both tables are written together.
 */
export function linkStore({ prepare, tables: { identities, userIdentities, users } }: Database) {
  const identity = { issuer: identities.issuer, subject: identities.subject }
  const byIdentity = ({ issuer, subject }: Values<typeof identity>) =>
    and(eq(identities.issuer, issuer), eq(identities.subject, subject))
  const owner = { userId: userIdentities.userId }
  const key = { ...owner, id: userIdentities.id }
  const own = ({ userId, id }: Values<typeof key>) =>
    and(eq(userIdentities.userId, userId), eq(userIdentities.id, id)) as SQL

  const find = prepare('identity_find', identity, (db, values) =>
    db.select({ user: identities.userId }).from(identities).where(byIdentity(values)),
  )
  const list = prepare('identity_list', owner, (db, { userId }) =>
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
      .where(eq(userIdentities.userId, userId))
      .orderBy(userIdentities.id),
  )
  const take = prepare('identity_take', columnsOf(identities), (db, row) => insertInto(db, identities, row))
  const insert = prepare('identity_insert', columnsOf(userIdentities), (db, row) => insertInto(db, userIdentities, row))
  const used = { ...owner, issuer: userIdentities.issuer, subject: userIdentities.subject, email: userIdentities.email }
  const use = prepare('identity_use', used, (db, { userId, issuer, subject, email }) =>
    updateOf(db, userIdentities, { email })
      .where(
        and(eq(userIdentities.userId, userId), eq(userIdentities.issuer, issuer), eq(userIdentities.subject, subject)),
      )
      .returning({ id: userIdentities.id }),
  )
  const free = prepare('identity_free', columnsOf(identities), (db, values) =>
    db.delete(identities).where(and(byIdentity(values), eq(identities.userId, values.userId))),
  )
  const remove = prepare('identity_remove', key, (db, values) =>
    db.delete(userIdentities).where(own(values)).returning({ id: userIdentities.id }),
  )
  const atMost = prepare('identity_at_most', { ...owner, max: rowCount }, (db, { userId, max }) =>
    db
      .select({ id: users.id })
      .from(users)
      .where(
        and(
          eq(users.id, userId),
          sql`(select count(*) from ${userIdentities} where ${userIdentities.userId} = ${userId}) <= ${max}`,
        ),
      ),
  )
  const removeUnlessLast = prepare('identity_remove_unless_last', key, (db, values) => {
    const { userId } = values
    // Counted within the write: of two removals at once, the second sees what the first has left.
    const others = sql`(select count(*) from ${userIdentities} where ${userIdentities.userId} = ${userId}) > 1`
    const password = sql`exists (select 1 from ${users} where ${users.id} = ${userId} and ${users.passwordHash} is not null)`
    return db
      .delete(userIdentities)
      .where(and(own(values), or(others, password)))
      .returning({ id: userIdentities.id })
  })

  return {
    /** The owner of an identity, or undefined. */
    owner: async ({ issuer, subject }: Identity) => (await find.execute({ issuer, subject }))[0]?.user,

    /** A user's identities, in the order they were linked. */
    list: (userId: UserId) => list.execute({ userId }),

    /**
     * An identity's id and the writes that link it; one that is linked already is a `Conflict` in `identities`.
     * @param at now, epoch ms.
     */
    linking(userId: UserId, provider: string, { issuer, subject, email }: Person, at: number) {
      const id = newId<LinkId>()
      const row = { userId, id, provider, issuer, subject, email, createdAt: new Date(at) }
      return {
        id,
        writes: [take.asWrite({ userId, issuer, subject }), insert.asWrite(row)] satisfies BoundWrite<unknown>[],
      }
    },

    /**
     * The guard of a batch that the user has at most so many identities. The user's own row must be locked before it.
     */
    atMostWrite: (userId: UserId, max: number) => must(atMost.asWrite({ userId, max })),

    /** The guard of a sign-in through an identity, for `must`; it stores the provider's current address. */
    useWrite: (userId: UserId, { issuer, subject, email }: Person) => use.asWrite({ userId, issuer, subject, email }),

    /**
     * The writes that remove an identity, unless it is the last way in: then nothing of the batch happens. The user's own
     * row must be locked before them, so that two removals at once come one after the other.
     */
    unlinkingWrites: (userId: UserId, { id, issuer, subject }: Link): BoundWrite<unknown>[] => [
      must(removeUnlessLast.asWrite({ userId, id })),
      free.asWrite({ userId, issuer, subject }),
    ],

    /** The writes that remove an identity from an account that has another way in. */
    removalWrites: (userId: UserId, { id, issuer, subject }: Link): BoundWrite<unknown>[] => [
      remove.asWrite({ userId, id }),
      free.asWrite({ userId, issuer, subject }),
    ],
  }
}

/**
 * Whether an identity was linked before the account's e-mail address was verified: then it may belong to someone who
 * signed up with another's address and waits for its owner to take the account over.
 */
export function isOlderThanProof(linkedAt: Date, provedAt: Date | null): boolean {
  return provedAt === null || linkedAt.getTime() < provedAt.getTime()
}
