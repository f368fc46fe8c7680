import type { UserId } from '../../ids.ts'
import type { Columns } from '../columns.ts'
import { ownedTable } from '../described.ts'
import type { accountTables } from './accounts.ts'

/** Profiles. */
export function profileTables(c: Columns, users: ReturnType<typeof accountTables>['users']) {
  /**
   * The fields of a profile that are not in `users`, which every request reads and which is narrow for that reason. No
   * row until one is set.
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

  /** The picture, as we encoded it: never the bytes that were sent. */
  const avatars = c.table(
    'avatars',
    {
      userId: c.id<UserId>('user_id').primaryKey(),
      bytes: c.blob('bytes').notNull(),
      /** SHA-256 of the bytes, to tell a new picture by. */
      digest: c.str('digest').notNull(),
      updatedAt: c.instant('updated_at').notNull(),
    },
    t => [
      c.foreignKey({ name: 'avatars_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  return {
    profiles: ownedTable(profiles, { not: 'is `profile`' }),
    avatars: ownedTable(avatars, { not: 'is `avatar`' }),
  }
}
