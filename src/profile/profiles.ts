import { aliasedTable, and, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type BoundWrite, type Commit, type Database, must, type Prepared } from '../db/database.ts'
import type { Tables } from '../db/schema.ts'
import { assigned, columnsOf, insertInto, only, updateOf } from '../db/statements.ts'
import { bare } from '../db/values.ts'
import type { UserId } from '../ids.ts'
import { networks } from './social-links.ts'

const userFields = ['firstName', 'lastName', 'timezone', 'dayStartsAt', 'moodMin', 'moodMax'] as const
const authorFields = ['firstName', 'lastName'] as const
const detailFields = ['occupation', 'homeAddress', 'country', 'county', 'description', ...networks] as const

/** The fields of a profile that a person can change, in whichever table they are. */
export type ProfileFields = Pick<Tables['users']['$inferSelect'], (typeof userFields)[number]> &
  Pick<Tables['profiles']['$inferSelect'], (typeof detailFields)[number]>

export type StoredProfile = NonNullable<Awaited<ReturnType<ReturnType<typeof profileStore>['find']>>>

/** Profiles and pictures. */
export function profileStore({ prepare, tables: { users, profiles, avatars, publishedAuthors, reminders } }: Database) {
  const owner = { userId: users.id }
  const digests = aliasedTable(reminders, 'digests')
  const one = prepare('profile_by_user', owner, (db, { userId }) =>
    db
      .select({
        username: users.username,
        email: users.email,
        emailVerifiedAt: users.emailVerifiedAt,
        firstName: users.firstName,
        lastName: users.lastName,
        timezone: users.timezone,
        dayStartsAt: users.dayStartsAt,
        moodMin: users.moodMin,
        moodMax: users.moodMax,
        occupation: profiles.occupation,
        homeAddress: profiles.homeAddress,
        country: profiles.country,
        county: profiles.county,
        description: profiles.description,
        linkedin: profiles.linkedin,
        facebook: profiles.facebook,
        github: profiles.github,
        instagram: profiles.instagram,
        twitter: profiles.twitter,
        youtube: profiles.youtube,
        avatarDigest: avatars.digest,
        digestAt: digests.at,
        reminderAt: reminders.at,
      })
      .from(users)
      .leftJoin(profiles, eq(profiles.userId, users.id))
      .leftJoin(avatars, eq(avatars.userId, users.id))
      .leftJoin(digests, and(eq(digests.userId, users.id), eq(digests.kind, 'digest')))
      .leftJoin(reminders, and(eq(reminders.userId, users.id), eq(reminders.kind, 'streak_at_risk')))
      .where(eq(users.id, userId)),
  )
  /** The first write of every batch: it fails when the user is gone, and on PostgreSQL the others wait for it. */
  const touch = prepare('profile_touch', { ...owner, updatedAt: users.updatedAt }, (db, { userId, updatedAt }) =>
    updateOf(db, users, { updatedAt }).where(eq(users.id, userId)).returning({ id: users.id }),
  )
  /** One statement for each field. */
  const userSetters = userFields.map(field => {
    const write = prepare(`profile_set_${field}`, { ...owner, value: users[field] }, (db, { userId, value }) =>
      updateOf(db, users, { [field]: value }).where(eq(users.id, userId)),
    )
    return [field, write] as const
  })
  /** What lists of published sequences show of their author. */
  const authorSetters = authorFields.map(field => {
    const author = { userId: publishedAuthors.userId, value: publishedAuthors[field] }
    const write = prepare(`profile_set_author_${field}`, author, (db, { userId, value }) =>
      updateOf(db, publishedAuthors, { [field]: value }).where(eq(publishedAuthors.userId, userId)),
    )
    return [field, write] as const
  })
  const detailSetters = detailFields.map(field => {
    const write = prepare(`profile_set_${field}`, { ...owner, value: profiles[field] }, (db, { userId, value }) =>
      db
        .insert(profiles)
        .values({ userId: bare(userId), [field]: bare(value) })
        .onConflictDoUpdate({ target: profiles.userId, set: { [field]: bare(value) } }),
    )
    return [field, write] as const
  })
  /** A time zone may have days that the one before skipped, and skip others: then runs join or part. */
  const raise = prepare('profile_raise_mood_version', owner, (db, { userId }) =>
    updateOf(db, users, { moodVersion: sql`${users.moodVersion} + 1` }).where(eq(users.id, userId)),
  )
  type Setter = Prepared<{ userId: UserId; value: ProfileFields[keyof ProfileFields] }, unknown>
  const setters = Object.fromEntries([...userSetters, ...detailSetters]) as unknown as Record<string, Setter>

  const avatar = prepare('avatar_by_user', { userId: avatars.userId }, (db, { userId }) =>
    db.select({ bytes: avatars.bytes, digest: avatars.digest }).from(avatars).where(eq(avatars.userId, userId)),
  )
  const replaced = columnsOf(avatars, 'userId')
  const putAvatar = prepare('avatar_put', columnsOf(avatars), (db, row) =>
    insertInto(db, avatars, row).onConflictDoUpdate({
      target: avatars.userId,
      set: assigned<typeof avatars>(only(row, replaced)),
    }),
  )
  const removeAvatar = prepare('avatar_delete', { userId: avatars.userId }, (db, { userId }) =>
    db.delete(avatars).where(eq(avatars.userId, userId)),
  )

  /**
   * Runs all of the writes, if the user still exists.
   * @param at now, epoch ms.
   * @returns whether it does.
   */
  const change = async (commit: Commit, userId: UserId, at: number, writes: BoundWrite<unknown>[]) =>
    (await commit([must(touch.asWrite({ userId, updatedAt: new Date(at) })), ...writes])) !== undefined

  return {
    /** A user's profile; undefined when the user does not exist. */
    find: async (userId: UserId) => (await one.execute({ userId }))[0],

    /**
     * Writes only the given fields, so that two devices do not undo each other. All or none of them.
     * @param at now, epoch ms.
     * @param more what goes with them.
     * @returns false when the user is gone.
     */
    update: (
      commit: Commit,
      userId: UserId,
      changes: Partial<ProfileFields>,
      at: number,
      more: readonly BoundWrite<unknown>[] = [],
    ) =>
      change(commit, userId, at, [
        ...Object.entries(changes).map(([field, to]) => (setters[field] as Setter).asWrite({ userId, value: to })),
        ...authorSetters.flatMap(([field, write]) => {
          const value = changes[field]
          return value === undefined ? [] : [write.asWrite({ userId, value })]
        }),
        ...(changes.timezone === undefined ? [] : [raise.asWrite({ userId })]),
        ...more,
      ]),

    /** The user's picture (WebP) and its digest, or undefined. */
    findAvatar: async (userId: UserId) => (await avatar.execute({ userId }))[0],

    /**
     * Replaces the picture.
     * @param at now, epoch ms.
     * @returns false when the user is gone.
     */
    putAvatar: (commit: Commit, userId: UserId, picture: { bytes: Buffer; digest: string }, at: number) =>
      change(commit, userId, at, [putAvatar.asWrite({ ...picture, userId, updatedAt: new Date(at) })]),

    /** Deletes the picture, if there is one. */
    removeAvatar: async (commit: Commit, userId: UserId) => void (await commit([removeAvatar.asWrite({ userId })])),
  }
}
