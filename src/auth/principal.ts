import type { Column, GetColumnData } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import type { Scope } from '../vocabulary.ts'

/** What every request needs to know about the user who sent it; the account stands in wire names. */
export const principalOf = ({ users }: Pick<Database['tables'], 'users'>) => ({
  user: {
    id: users.id,
    username: users.username,
    email: users.email,
    first_name: users.firstName,
    last_name: users.lastName,
    role: users.role,
    created_at: users.createdAt,
  },
  settings: {
    timezone: users.timezone,
    dayStartsAt: users.dayStartsAt,
    moodMin: users.moodMin,
    moodMax: users.moodMax,
    moodVersion: users.moodVersion,
    taskVersion: users.taskVersion,
    emailVerifiedAt: users.emailVerifiedAt,
  },
})

type Read<Columns extends Record<string, Column>> = { [Name in keyof Columns]: GetColumnData<Columns[Name]> }
type OfUser = ReturnType<typeof principalOf>
type OfSession = Database['tables']['sessions']['$inferSelect']

/** Who sent a request, and the session that they did it by. */
export interface PrincipalBySession {
  user: Read<OfUser['user']>
  settings: Read<OfUser['settings']>
  session: Pick<OfSession, 'id' | 'cookieHash' | 'createdAt' | 'confirmedAt' | 'lastUsedAt'>
}

/** Who sent a request: a user, by a session, or by a personal token with some scopes. */
export type Principal =
  | (PrincipalBySession & { scopes?: never })
  | (Omit<PrincipalBySession, 'session'> & { session?: never; scopes: readonly Scope[] })

/** Where a request came from, for people to recognise what was them. */
export interface Source {
  ip: string
  device: string | null
}
