import type { Static } from '@sinclair/typebox'
import { ApiError } from '../../src/errors.ts'
import { defaultTimezone } from '../../src/moods/dating.ts'
import { newTimezone } from '../../src/moods/zones.ts'
import type { ProfileFields, StoredProfile } from '../../src/profile/profiles.ts'
import { networks } from '../../src/profile/social-links.ts'
import { wireProfile } from '../../src/profile/wire-profile.ts'
import type { ReminderTimes } from '../../src/reminders/reminder-settings.ts'
import { digestTime } from '../../src/reminders/schedule.ts'
import { defaultSettings } from '../../src/users/users.ts'
import type { Profile, ProfileChange } from './schemas.ts'

/**
 * A profile in wire names.
 * @throws {ApiError} when the account was deleted since the request was let in.
 */
export function describe(stored: StoredProfile | undefined): Static<typeof Profile> {
  if (!stored) throw new ApiError('authentication_required')
  return wireProfile(stored, defaultTimezone)
}

/** The times of reminders that a change sets. */
export function remindersOf({ digest, reminder_at: at }: Static<typeof ProfileChange>): ReminderTimes {
  return {
    ...(digest !== undefined && { digest: digest === 'weekly' ? digestTime : null }),
    ...(at !== undefined && { streak_at_risk: at }),
  }
}

const textFields = {
  first_name: 'firstName',
  last_name: 'lastName',
  occupation: 'occupation',
  home_address: 'homeAddress',
  country: 'country',
  county: 'county',
  description: 'description',
} as const

/**
 * The columns that a change writes: absent fields stay, null restores the default.
 * @param stored the stored time zone, whatever it is called: the same one is no change.
 * @throws {ApiError} `invalid_request` for a name of several time zones.
 */
export function changesOf(body: Static<typeof ProfileChange>, stored: string | null): Partial<ProfileFields> {
  const { mood_scale: scale, day_starts_at: dayStartsAt, social_links: links } = body
  const timezone = newTimezone(body.timezone ?? undefined, stored) ?? null
  const changes: Partial<ProfileFields> = {
    ...(body.timezone !== undefined && timezone !== stored && { timezone }),
    ...(dayStartsAt !== undefined && { dayStartsAt: dayStartsAt ?? defaultSettings.dayStartsAt }),
    ...(scale !== undefined && {
      moodMin: scale?.min ?? defaultSettings.moodMin,
      moodMax: scale?.max ?? defaultSettings.moodMax,
    }),
  }
  for (const [name, field] of Object.entries(textFields) as [keyof typeof textFields, keyof ProfileFields][]) {
    if (body[name] !== undefined) Object.assign(changes, { [field]: body[name] })
  }
  for (const network of networks) {
    const link = links === null ? null : links?.[network]
    if (link !== undefined) changes[network] = link
  }
  return changes
}
