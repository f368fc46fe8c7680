import type { UserId } from '../../ids.ts'
import type { Columns } from '../columns.ts'
import type { accountTables } from './accounts.ts'

/** What people say of themselves. */
export function profileTables(c: Columns, users: ReturnType<typeof accountTables>['users']) {
  /**
   * What a person tells about themself besides `users`, which every request reads and which is kept narrow for that. No
   * row until they tell something.
   */
  const profiles = c.table(
    'profiles',
    {
      userId: c.id<UserId>('user_id').primaryKey(),
      occupation: c.str('occupation'),
      homeAddress: c.str('home_address'),
      country: c.str('country'),
      county: c.str('county'),
      description: c.str('description'),
      linkedin: c.str('linkedin'),
      facebook: c.str('facebook'),
      github: c.str('github'),
      instagram: c.str('instagram'),
      twitter: c.str('twitter'),
      youtube: c.str('youtube'),
    },
    t => [
      c.foreignKey({ name: 'profiles_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  /** The picture of a person, as we encoded it: never the bytes that were sent. */
  const avatars = c.table(
    'avatars',
    {
      userId: c.id<UserId>('user_id').primaryKey(),
      bytes: c.blob('bytes').notNull(),
      /** SHA-256 of the bytes, by which a reader knows them again. */
      digest: c.str('digest').notNull(),
      updatedAt: c.instant('updated_at').notNull(),
    },
    t => [
      c.foreignKey({ name: 'avatars_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  return { profiles, avatars }
}
