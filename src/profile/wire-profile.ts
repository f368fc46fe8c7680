import type { StoredProfile } from './profiles.ts'

/**
 * A profile in wire names.
 * @param defaultTimezone of those who have not said theirs.
 */
export function wireProfile(stored: StoredProfile, defaultTimezone: string) {
  const { username, email, firstName, lastName, occupation, country, county, description, ...more } = stored
  const { linkedin, facebook, github, instagram, twitter, youtube } = more
  return {
    username,
    email,
    email_verified: more.emailVerifiedAt !== null,
    first_name: firstName,
    last_name: lastName,
    full_name: [firstName, lastName].filter(Boolean).join(' ') || null,
    occupation,
    home_address: more.homeAddress,
    country,
    county,
    description,
    social_links: { linkedin, facebook, github, instagram, twitter, youtube },
    avatar_url: more.avatarDigest && `/profile/avatar?v=${more.avatarDigest}`,
    timezone: more.timezone ?? defaultTimezone,
    day_starts_at: more.dayStartsAt,
    mood_scale: { min: more.moodMin, max: more.moodMax },
    digest: more.digestAt === null ? ('off' as const) : ('weekly' as const),
    reminder_at: more.reminderAt,
  }
}
