import type { Column, GetColumnData } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import type { TokenId } from '../ids.ts'
import type { Scope } from '../vocabulary.ts'

/** The columns by which the days, moods and streaks of a user are read. */
export const moodSettingsOf = ({ users }: Pick<Database['tables'], 'users'>) => ({
  timezone: users.timezone,
  dayStartsAt: users.dayStartsAt,
  moodMin: users.moodMin,
  moodMax: users.moodMax,
  moodVersion: users.moodVersion,
  moodHistory: users.moodHistory,
})

/** The data about its user that every request needs; the account is in wire names. */
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
    ...moodSettingsOf({ users }),
    taskVersion: users.taskVersion,
    emailVerifiedAt: users.emailVerifiedAt,
  },
})

type Read<Columns extends Record<string, Column>> = { [Name in keyof Columns]: GetColumnData<Columns[Name]> }
type OfUser = ReturnType<typeof principalOf>
type OfSession = Database['tables']['sessions']['$inferSelect']

/** The sender of a request, authenticated by a session. */
export interface PrincipalBySession {
  user: Read<OfUser['user']>
  settings: Read<OfUser['settings']>
  session: Pick<OfSession, 'id' | 'cookieHash' | 'createdAt' | 'confirmedAt' | 'lastUsedAt'>
}

/** The sender of a request: a user, authenticated by a session or by a personal access token with scopes. */
export type Principal =
  | (PrincipalBySession & { token?: never; scopes?: never })
  | (Omit<PrincipalBySession, 'session'> & { session?: never; token: TokenId; scopes: readonly Scope[] })

/** The origin of a request, by which people recognise their own. */
export interface Source {
  ip: string
  device: string | null
}

/** Where notices about the account go, and when its owner has proved to read them. */
export function addressOf({ user, settings }: Pick<Principal, 'user' | 'settings'>) {
  return { email: user.email, emailVerifiedAt: settings.emailVerifiedAt }
}
