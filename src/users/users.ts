import { and, isNull, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { columnsOf, insertInto, updateOf } from '../db/statements.ts'
import { given } from '../db/values.ts'
import { fold } from '../fold.ts'
import { newId, type UserId } from '../ids.ts'
import type { Role } from '../vocabulary.ts'
import { identityStore } from './identity-store.ts'
import { isUnmixed } from './scripts.ts'

export interface NewUser {
  username: string
  email: string | null
  firstName: string | null
  lastName: string | null
  role: Role
  /** Null for a user who signs in through a provider only. */
  passwordHash: string | null
  timezone: string | null
}

/**
 * Whether a name can be a new username: letters of one script, digits, `.`, `_` and `-`, a letter or digit first, and
 * nothing invisible. Otherwise two names that look the same could be two people. Older ones can be others
 * (docs/decisions/look-alike-usernames.md).
 */
export function isUsername(name: string): boolean {
  const isWellFormed = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]*$/u.test(name)
  return isWellFormed && !/\p{Default_Ignorable_Code_Point}/u.test(name) && isUnmixed(name)
}

/** The settings that a new account starts with: days from midnight, moods from 0 to 10. */
export const defaultSettings = { dayStartsAt: 0, moodMin: 0, moodMax: 10 }

/** The counters of a new account. */
const nothingStored = {
  moodCount: 0,
  taskCount: 0,
  practiceCount: 0,
  sequenceCount: 0,
  publishedCount: 0,
  poseCount: 0,
  storedBytes: 0,
}

/** Users, found by a folded username or e-mail address, each in its own small table. */
export function userStore(database: Database) {
  const { prepare, tables } = database
  const { users } = tables
  const { takingWrites, ownerOf } = identityStore(database)
  const insertUser = prepare('user_insert', columnsOf(users), (db, row) => insertInto(db, users, row))
  const login = { id: users.id, email: users.email, passwordHash: users.passwordHash }
  const byId = prepare('user_login', { userId: users.id }, (db, { userId }) =>
    db
      .select(login)
      .from(users)
      .where(and(eq(users.id, userId), isNull(users.disabledAt))),
  )
  const admitted = { id: users.id, verifiedHash: given(users.passwordHash), passwordHash: users.passwordHash }
  const admit = prepare('user_admit', admitted, (db, { id, verifiedHash, passwordHash }) =>
    updateOf(db, users, { passwordHash })
      .where(and(eq(users.id, id), eq(users.passwordHash, verifiedHash), isNull(users.disabledAt)))
      .returning({ id: users.id }),
  )

  const stand = prepare('user_stand', { userId: users.id }, (db, { userId }) =>
    db
      .update(users)
      .set({ updatedAt: sql`${users.updatedAt}` })
      .where(and(eq(users.id, userId), isNull(users.disabledAt)))
      .returning({ id: users.id }),
  )

  return {
    /**
     * A new user's id and the writes that make them; a taken name is a `Conflict` in `usernames` or `emails`.
     * @param now epoch ms.
     */
    create(user: NewUser, now: number) {
      const id = newId<UserId>()
      const at = new Date(now)
      const row = {
        ...user,
        ...defaultSettings,
        id,
        moodVersion: 0,
        taskVersion: 0,
        practiceVersion: 0,
        sequenceVersion: 0,
        ...nothingStored,
        createdAt: at,
        updatedAt: at,
        emailVerifiedAt: null,
        disabledAt: null,
        deletedAt: null,
        moodHistory: null,
      }
      return { id, writes: [...takingWrites(id, user), insertUser.asWrite(row)] }
    },

    /**
     * The user with this username or e-mail address (it has an `@`, which no username has). Undefined for a disabled
     * account: from outside it looks like an unknown name.
     *
     * Two look-ups and no join, so that a sharded engine asks only the machine of this user. An unknown name costs the
     * same two, of which the second finds nothing: no id has a space.
     */
    async findLogin(name: string) {
      const userId = (await ownerOf(name)) ?? (`unknown ${fold(name)}` as UserId)
      return (await byId.execute({ userId }))[0]
    },

    /**
     * The guard of a sign-in by password, for `must`: it changes no row when the password was changed, or the account
     * disabled, after `verifiedHash` was compared. It stores `passwordHash`.
     */
    admissionWrite: (id: UserId, verifiedHash: string, passwordHash: string) =>
      admit.asWrite({ id, verifiedHash, passwordHash }),

    /**
     * A write that changes nothing and returns a row if the account exists and is not disabled, for `must`. It makes
     * other writes to the account queue behind this batch.
     */
    standingWrite: (userId: UserId) => stand.asWrite({ userId }),
  }
}
