import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { defaultTimezone } from '../../src/moods/dating.ts'
import { type ProfileFields, profileStore } from '../../src/profile/profiles.ts'
import { reminderSettings } from '../../src/reminders/reminder-settings.ts'
import { guarded, problems, signedIn, withBody, withReceipt } from '../wire.ts'
import avatar from './avatar.ts'
import { changesOf, describe, remindersOf } from './describe.ts'
import { Profile, ProfileChange, ProfileOrReceipt, ProfileReceipt } from './schemas.ts'

/** The user's profile; it exists from sign-up on. */
const profile: FastifyPluginAsyncTypebox = async app => {
  const profiles = profileStore(app.database)
  const reminders = reminderSettings(app.database)
  app.addSchema(Profile)
  app.addSchema(ProfileReceipt)
  app.addSchema(ProfileOrReceipt)

  app.get(
    '/profile',
    {
      onRequest: app.requires('profile:read'),
      schema: {
        tags: ['profile'],
        operationId: 'getProfile',
        summary: 'Get your profile',
        description: 'Every account has one. Settings never changed show their defaults.',
        security: signedIn,
        response: { 200: ref(Profile, 'The profile.'), ...problems(...guarded) },
      },
    },
    async request => describe(await profiles.find(request.principal.user.id)),
  )

  app.patch(
    '/profile',
    {
      onRequest: app.requires('profile:write'),
      schema: {
        tags: ['profile'],
        operationId: 'updateProfile',
        summary: 'Update your profile',
        description: 'Absent fields stay as they are; null clears a field or resets it to its default.',
        security: signedIn,
        body: ProfileChange,
        response: {
          200: withReceipt(ref(Profile, 'The updated profile.'), ProfileOrReceipt),
          ...problems(...guarded, ...withBody, 'email_unverified', 'email_not_configured'),
        },
      },
    },
    async (request, reply) => {
      const { mood_scale: scale } = request.body
      if (scale && scale.min >= scale.max)
        throw new ApiError('invalid_request', 'mood_scale.min must be less than mood_scale.max')
      const { id } = request.principal.user
      const changes = changesOf(request.body, request.principal.settings.timezone)
      const at = app.now()
      await profiles.update(request.commit, id, changes, at, await reminderWrites(request, changes, at))
      // Read again rather than merged here: another device may have changed something else meanwhile.
      const changed = describe(await profiles.find(id))
      return reply.resourceOrReceipt(
        'profile:read',
        () => changed,
        () => ({}),
      )
    },
  )

  await app.register(avatar, profiles)

  /**
   * What a change does to reminders: it turns them on or off, or moves them with the person's days.
   * @throws {ApiError} when an e-mail could not be sent.
   */
  async function reminderWrites(
    { body, principal: { user, settings } }: FastifyRequest<{ Body: Static<typeof ProfileChange> }>,
    { timezone, dayStartsAt }: Partial<ProfileFields>,
    at: number,
  ) {
    const times = remindersOf(body)
    const moved = timezone !== undefined || dayStartsAt !== undefined
    if (Object.keys(times).length === 0 && !moved) return []
    if (times.digest) {
      if (!app.mail.deliver) throw new ApiError('email_not_configured')
      if (settings.emailVerifiedAt === null) throw new ApiError('email_unverified')
    }
    const days = {
      timezone: (timezone === undefined ? settings.timezone : timezone) ?? defaultTimezone,
      dayStartsAt: dayStartsAt ?? settings.dayStartsAt,
    }
    return reminders.settingWrites(user.id, await reminders.of(user.id), times, { days, moved }, at)
  }
}
export default profile
