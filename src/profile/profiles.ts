import { eq, sql } from 'drizzle-orm'
import { type BoundWrite, type Database, must, type Prepared } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
import type { Tables } from '../db/schema.ts'
import { networks } from './social-links.ts'

const userFields = ['firstName', 'lastName', 'timezone', 'dayStartsAt', 'moodMin', 'moodMax'] as const
const detailFields = ['occupation', 'homeAddress', 'country', 'county', 'description', ...networks] as const

/** What a person can change about themself, wherever it is kept. */
export type ProfileFields = Pick<Tables['users']['$inferSelect'], (typeof userFields)[number]> &
  Pick<Tables['profiles']['$inferSelect'], (typeof detailFields)[number]>

export type StoredProfile = NonNullable<Awaited<ReturnType<ReturnType<typeof profileStore>['find']>>>

/** What people tell about themselves, and their pictures. */
export function profileStore({ prepare, atomic, tables: { users, profiles, avatars } }: Database) {
  const user = sql.placeholder('user')
  const value = sql.placeholder('value')

  const one = prepare('profile_by_user', db =>
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
      })
      .from(users)
      .leftJoin(profiles, eq(profiles.userId, users.id))
      .leftJoin(avatars, eq(avatars.userId, users.id))
      .where(eq(users.id, textFor('user'))),
  )
  /** The first write of every batch: it fails when the user is gone, and on PostgreSQL the others wait for it. */
  const touch = prepare('profile_touch', db =>
    db
      .update(users)
      .set({ updatedAt: valueFor('now', users.updatedAt) })
      .where(eq(users.id, textFor('user')))
      .returning({ id: users.id }),
  )
  const setters: Record<string, Prepared<unknown>> = {}
  for (const field of userFields) {
    setters[field] = prepare(`profile_set_${field}`, db =>
      db
        .update(users)
        .set({ [field]: valueFor('value', users[field]) })
        .where(eq(users.id, textFor('user'))),
    )
  }
  for (const field of detailFields) {
    setters[field] = prepare(`profile_set_${field}`, db =>
      db
        .insert(profiles)
        .values({ userId: user, [field]: value })
        .onConflictDoUpdate({ target: profiles.userId, set: { [field]: valueFor('value', profiles[field]) } }),
    )
  }
  const avatar = prepare('avatar_by_user', db =>
    db
      .select({ bytes: avatars.bytes, digest: avatars.digest })
      .from(avatars)
      .where(eq(avatars.userId, textFor('user'))),
  )
  const putAvatar = prepare('avatar_put', db =>
    db
      .insert(avatars)
      .values({
        userId: user,
        bytes: sql.placeholder('bytes'),
        digest: sql.placeholder('digest'),
        updatedAt: sql.placeholder('now'),
      })
      .onConflictDoUpdate({
        target: avatars.userId,
        set: {
          bytes: valueFor('bytes', avatars.bytes),
          digest: valueFor('digest', avatars.digest),
          updatedAt: valueFor('now', avatars.updatedAt),
        },
      }),
  )
  const removeAvatar = prepare('avatar_delete', db => db.delete(avatars).where(eq(avatars.userId, textFor('user'))))

  /** All of the writes, if the user is still there. @param at now, epoch ms. @returns whether they are. */
  const change = async (userId: string, at: number, writes: BoundWrite<unknown>[]) =>
    (await atomic([must(touch.with({ user: userId, now: new Date(at) })), ...writes])) !== undefined

  return {
    /** Everything about a user that the profile shows; undefined when there is no such user. */
    find: async (userId: string) => (await one.execute({ user: userId }))[0],

    /**
     * Writes the fields that are given and no other, so that two devices do not undo each other. All or none of them.
     * @param at now, epoch ms. @returns false when the user is gone.
     */
    update: (userId: string, changes: Partial<ProfileFields>, at: number) =>
      change(
        userId,
        at,
        Object.entries(changes).map(([field, to]) =>
          (setters[field] as Prepared<unknown>).with({ user: userId, value: to }),
        ),
      ),

    /** The user's picture (webp) and the digest it is known by, or undefined when there is none. */
    findAvatar: async (userId: string) => (await avatar.execute({ user: userId }))[0],

    /** Puts a picture in place of the one there was. @param at now, epoch ms. @returns false when the user is gone. */
    putAvatar: (userId: string, picture: { bytes: Buffer; digest: string }, at: number) =>
      change(userId, at, [putAvatar.with({ ...picture, user: userId, now: new Date(at) })]),

    /** Leaves the user without a picture, whether or not there was one. */
    removeAvatar: async (userId: string) => void (await removeAvatar.execute({ user: userId })),
  }
}
