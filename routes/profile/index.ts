import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ApiError } from '../../src/errors.ts'
import { profileStore } from '../../src/profile/profiles.ts'
import { ref } from '../../src/typebox.ts'
import { guarded, problems, signedIn, withBody } from '../wire.ts'
import avatar from './avatar.ts'
import { changesOf, describe } from './describe.ts'
import { Profile, ProfileChange } from './schemas.ts'

/** The signed-in person's profile; it exists from sign-up on. */
const profile: FastifyPluginAsyncTypebox = async app => {
  const profiles = profileStore(app.database)
  app.addSchema(Profile)

  app.get(
    '/profile',
    {
      onRequest: app.requires('profile:read'),
      schema: {
        tags: ['profile'],
        summary: 'The own profile',
        description: 'Exists for every account from sign-up on; settings that were never set show their defaults.',
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
        summary: 'Change the own profile',
        description: 'What is absent stays; null clears, or goes back to the default.',
        security: signedIn,
        body: ProfileChange,
        response: { 200: ref(Profile, 'The profile as it is now.'), ...problems(...guarded, ...withBody) },
      },
    },
    async request => {
      const { mood_scale: scale } = request.body
      if (scale && scale.min >= scale.max)
        throw new ApiError('invalid_request', 'mood_scale.min must be less than mood_scale.max')
      const { id } = request.principal.user
      await profiles.update(id, changesOf(request.body), app.now())
      // Read again rather than merged here: another device may have changed something else meanwhile.
      return describe(await profiles.find(id))
    },
  )

  await app.register(avatar, profiles)
}
export default profile
